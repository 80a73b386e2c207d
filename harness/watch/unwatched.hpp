#pragma once
#include <string>

#include "collectives/mpi/world.hpp"
#include "harness/watch/watchdog.hpp"

namespace longhaul {

/// Times a stretch in which no watcher looks at this rank: before they are started, and after they have gone. One that
/// takes longer is told, and ends this process with 5; its launcher ends the others. A HostWatch can say more.
class Unwatched {
 public:
  /// @param stretch  "finding the ranks' sites"
  Unwatched(const World& world, const std::string& stretch, Duration limit);

 private:
  Progress progress_;
  Watchdog watchdog_;
};

}  // namespace longhaul
