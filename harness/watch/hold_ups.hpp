#pragma once
#include <chrono>
#include <vector>

#include "topologies/units.hpp"

namespace longhaul {

/// When a process that looks at others was itself held up: a suspended machine, a starved core. Whoever waited
/// meanwhile was not seen to wait.
class HoldUps {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Each begins after the one before has ended.
  void add(Time begin, Time end);
  /// How much of the time from `since` on they took; one that was over by then takes none of it.
  Duration after(Time since) const;

 private:
  struct HoldUp {
    Time begin, end;
  };
  std::vector<HoldUp> all_;
};

}  // namespace longhaul
