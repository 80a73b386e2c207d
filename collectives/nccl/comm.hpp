#pragma once
#include <nccl.h>

#include <string>

#include "collectives/nccl_settings.hpp"
#include "topologies/units.hpp"

namespace longhaul::nccl {

/// One communicator of NCCL's. Ends by ncclCommDestroy, or by ncclCommAbort where something went wrong.
class Comm {
 public:
  Comm() = default;
  /// Collective; comes back when all ranks have come, or throws.
  /// @throws HangError past the deadline, EnvironmentError for what NCCL reports
  Comm(const ncclUniqueId& id, int rank, int ranks, const NcclSettings& settings, Duration deadline);
  /// Ranks that give the same colour, in the order of their keys; NCCL_SPLIT_NOCOLOR: in none. Collective over parent.
  Comm(Comm& parent, int color, int key);
  ~Comm();
  Comm(Comm&& other) noexcept;
  Comm& operator=(Comm&& other) noexcept;

  ncclComm_t get() const { return comm_; }
  bool empty() const { return comm_ == nullptr; }
  int rank() const { return rank_; }
  int size() const { return size_; }

  /// What NCCL answered to a call: waits while it is in progress. On anything else but success: abort, and throw.
  void expect(ncclResult_t result, const char* call);
  /// Throws for an error that struck since; while a result is awaited.
  void expect_no_error();
  /// Stops whatever it does, so that streams come to an end. Safe at any time.
  void abort() noexcept;

 private:
  [[noreturn]] void fail(ncclResult_t result, const char* call);
  void settle(const char* call);

  ncclComm_t comm_ = nullptr;
  int rank_ = 0, size_ = 0;
  Duration deadline_{};
};

}  // namespace longhaul::nccl
