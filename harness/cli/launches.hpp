#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "harness/cli/decision.hpp"
#include "harness/plan.hpp"
#include "topologies/units.hpp"

namespace longhaul {

/// Launches of all ranks one after another, by a process that is no rank itself.
struct Launches {
  std::vector<std::string> starter;  ///< "mpirun -np 4", "srun --mpi=pmix": what stands before a rank's command
  std::vector<std::string> command;  ///< of a rank
  std::string file;

  /// One start of all ranks, for so long (0: no limit).
  /// @return 0, or what its failure means
  int once(const std::vector<std::string>& options, Duration limit) const;

  /// Launches of what the rules leave undecided, until they decide or time is over. Each is another look, and takes as
  /// long as further_launch_time says: the gate counts launches, so one that took all that is left would add one unit.
  /// @return the gate's exit code, or what a launch's failure means
  int until_decided(const DecisionRules& rules, const Plan& plan, std::chrono::steady_clock::time_point end) const;
};

}  // namespace longhaul
