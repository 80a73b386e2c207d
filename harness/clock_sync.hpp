#pragma once
#include <vector>

#include "collectives/mpi/world.hpp"
#include "harness/clock.hpp"
#include "harness/time_source.hpp"

namespace longhaul {

/// Keeps this rank's way to the common time, which is rank 0's clock. sync() is collective: each pair of sync_tree
/// exchanges a burst of pings; offsets of earlier syncs stay, so that drift shows.
class ClockSync {
 public:
  /// @param sites  ranks of each site
  ClockSync(World& world, const TimeSource& time, const std::vector<std::vector<int>>& sites);

  void sync();
  const GlobalClock& clock() const { return clock_; }
  /// Of this rank's clock, now.
  Duration uncertainty() const;

 private:
  void ask(int parent);
  void answer(int child);

  World& world_;
  const TimeSource& time_;
  std::vector<SyncStep> steps_;
  std::vector<ClockOffset> history_;  ///< to this rank's parent
  GlobalClock clock_;
};

}  // namespace longhaul
