#pragma once
#include <nccl.h>

#include <atomic>
#include <string>
#include <vector>

#include "collectives/nccl_settings.hpp"
#include "topologies/units.hpp"

namespace longhaul::nccl {

/// One communicator of NCCL's. Ends by close(), or by abort_all() where something went wrong: what is thrown here
/// leaves it as it is, since it may have to be aborted together with others.
///
/// The first is non-blocking, since nothing else lets a rank that does not come cost no more than a deadline, and
/// carries no data. What carries data is split off it, blocking: since NCCL 2.27 every call on a non-blocking
/// communicator starts a thread (src/group.cc, ncclGroupEndInternal) and has to be asked for until it is taken, which
/// would be timed with the call. A blocking call that does not come back is for a Guard.
class Comm {
 public:
  Comm() = default;
  /// Collective; comes back when all ranks have come, or throws.
  /// @throws HangError past the deadline, EnvironmentError for what NCCL reports
  Comm(const ncclUniqueId& id, int rank, int ranks, Duration deadline);
  /// Ranks that give the same colour, in the order of their keys; NCCL_SPLIT_NOCOLOR: in none. Collective over base,
  /// which is non-blocking. NCCL reads NCCL_ALGO and NCCL_PROTO for each anew.
  /// @param net  ncclConfig's netName; empty: NCCL's choice
  Comm(Comm& base, int color, int key, const NcclSettings& settings, const std::string& net);
  ~Comm();
  Comm(Comm&& other) noexcept;
  Comm& operator=(Comm&& other) noexcept;

  ncclComm_t get() const { return comm_; }
  bool empty() const { return comm_ == nullptr; }
  int rank() const { return rank_; }
  int size() const { return size_; }

  enum class Pace { spin, rest };
  /// What NCCL answered to a call: waits while it is in progress. Throws on anything else but success.
  /// @param pace  rest: sleeps between looks, for what nobody times
  void expect(ncclResult_t result, const char* call, Pace pace = Pace::spin);
  /// Throws for an error that struck since; while a result is awaited.
  void expect_no_error();
  /// NCCL's own words; empty where there is no communicator any more.
  std::string reason() const;
  /// Whoever gets it ends it: this one is empty from now on. Safe at any time, and from a Guard's thread.
  ncclComm_t give_up() noexcept { return comm_.exchange(nullptr); }
  /// Collective over its ranks; all work has ended and nothing is registered.
  /// @throws EnvironmentError for what NCCL reports
  void close();

 private:
  [[noreturn]] void fail(ncclResult_t result, const char* call) const;
  void settle(const char* call, Pace pace);

  std::atomic<ncclComm_t> comm_{nullptr};
  int rank_ = 0, size_ = 0;
  bool blocking_ = true;
  Duration deadline_{};
};

/// Stops whatever they do, so that streams come to an end. All of one GPU's at once: ncclCommAbort waits for its own
/// stream, which may be held up by a kernel that only another one's abort ends (github.com/NVIDIA/nccl/issues/1013).
/// Safe at any time, and from a Guard's thread.
void abort_all(const std::vector<Comm*>& comms) noexcept;

}  // namespace longhaul::nccl
