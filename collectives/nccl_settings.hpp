#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace longhaul {

/// How NCCL is asked to do a point: one value of the plan's axis `nccl`, "default" or settings joined by '+':
///   graph              captured once as a CUDA graph, launched from it
///   register           buffers registered (ncclCommRegister) on memory of ncclMemAlloc's kind
///   window             buffers registered as symmetric windows (ncclCommWindowRegister, NCCL ≥ 2.27)
///   nonblocking        calls are made on a non-blocking communicator, which is asked until it has taken each
///   min_ctas=N, max_ctas=N   ncclConfig's, and by them the channels
///   traffic_class=N    ncclConfig's trafficClass (NCCL ≥ 2.26)
///   net=NAME           ncclConfig's netName; net=INSIDE/ACROSS: of communicators within a site, and of the others
///   algo=NAME, proto=NAME    NCCL_ALGO and NCCL_PROTO while the communicator is made
///   NCCL_BUFFSIZE=N, NCCL_…=VALUE   in the environment of the process, which NCCL reads once: a launch of its own
/// What belongs to the communicator makes one of its own; the rest does not.
struct NcclSettings {
  bool graph = false, registered = false, window = false, nonblocking = false;
  std::optional<int> min_ctas, max_ctas, traffic_class;
  std::string net, net_across, algo, proto;  ///< one NAME: both nets are that
  std::map<std::string, std::string> environment;

  /// The part that a communicator is made with, as text; equal texts may share one.
  std::string communicator_key() const;
  /// The part that takes a process of its own, as text: "NCCL_BUFFSIZE=8388608+NCCL_IB_QPS_PER_CONNECTION=4"; empty
  /// where there is none.
  std::string environment_key() const;
};

/// @throws UsageError naming the settings there are
NcclSettings parse_nccl_settings(std::string_view text);

}  // namespace longhaul
