#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace longhaul {

/// How NCCL is asked to do a point: one value of the plan's axis `nccl`, "default" or settings joined by '+':
///   graph              captured once as a CUDA graph, launched from it
///   register           buffers registered (ncclCommRegister) on memory of ncclMemAlloc's kind
///   window             buffers registered as symmetric windows (ncclCommWindowRegister, NCCL ≥ 2.27)
///   blocking           a blocking communicator; without it non-blocking, as deadlines need
///   min_ctas=N, max_ctas=N   ncclConfig's, and by them the channels
///   traffic_class=N    ncclConfig's trafficClass (NCCL ≥ 2.22)
///   net=NAME           ncclConfig's netName
///   algo=NAME, proto=NAME    NCCL_ALGO and NCCL_PROTO while the communicator is made
/// What belongs to the communicator makes one of its own; the rest does not.
struct NcclSettings {
  bool graph = false, registered = false, window = false, blocking = false;
  std::optional<int> min_ctas, max_ctas, traffic_class;
  std::string net, algo, proto;

  /// The part that a communicator is made with, as text; equal texts may share one.
  std::string communicator_key() const;
};

/// @throws UsageError naming the settings there are
NcclSettings parse_nccl_settings(std::string_view text);

}  // namespace longhaul
