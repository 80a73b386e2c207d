#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "harness/plan.hpp"

namespace longhaul {

/// The options that say what is measured and for how long, as `run` has them: for verbs that hand them on to it.
struct PlanOptions {
  std::function<Plan()> plan;                       ///< what was given; throws UsageError
  std::function<std::vector<std::string>()> words;  ///< the same options again, as `run` takes them
};
PlanOptions add_plan_options(CLI::App& verb);
/// … and those of the net backend, and how a run behaves and what it prints: all of `run` but lab and files.
PlanOptions add_batch_options(CLI::App& verb);

}  // namespace longhaul
