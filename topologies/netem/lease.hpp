#pragma once
#include <chrono>
#include <string>

namespace longhaul {

/// Leaves a process behind, of no terminal and no session, that takes a journal's entry back when its time is over,
/// unless another has taken its place by then. Should that process be killed, `longhaul wan clean --expired` does it.
/// @throws EnvironmentError
void start_lease(const std::string& id, std::chrono::system_clock::time_point until);

/// A lease that lasts as long as its process: however that ends, what it set is taken back. For what a run sets; should
/// the batch system have killed the lease's own process, too, `longhaul wan clean --expired` does it.
class ProcessLease {
 public:
  /// @throws EnvironmentError
  explicit ProcessLease(const std::string& id);
  ~ProcessLease();
  ProcessLease(const ProcessLease&) = delete;
  ProcessLease& operator=(const ProcessLease&) = delete;

 private:
  int alive_ = -1;  ///< end of a pipe that nobody writes to: it closes with this process
};

}  // namespace longhaul
