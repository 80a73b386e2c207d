#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/plan.hpp"

namespace longhaul {

/// How a run is done, beside what it measures.
struct RunOptions {
  std::filesystem::path file;  ///< results
  bool resume = false;
  bool quiet = false;
  bool force = false;  ///< measure though the preflight found the ranks unfit
  int columns = 0;     ///< of the terminal at the end of stderr, a launcher's pipe between or not; 0: none
  Duration deadline = std::chrono::seconds(120);  ///< of one collective
  std::vector<std::string> command;               ///< argv, for the record
  std::function<void()> finished;                 ///< called on rank 0 once everything is stored
};

/// Measure a plan with the ranks that a launcher started: the body of `longhaul run`, on every rank. Rank 0 alone
/// writes.
/// @param make_plan  called on rank 0 only; its errors end all ranks alike
/// @return done, wrong_data when any point was wrong; also done when interrupted (the store says so)
int run_ranks(const RunOptions& options, const std::function<Plan()>& make_plan);

}  // namespace longhaul
