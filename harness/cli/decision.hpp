#pragma once
#include <optional>
#include <string>
#include <vector>

#include "results/gate.hpp"

namespace longhaul {

/// What `run --until-decided` judges by, as `longhaul gate` is given it.
struct DecisionRules {
  Acceptance spec;
  std::vector<std::string> accept;
  std::optional<Results> baseline;
};

/// What `run --until-decided` asks after each launch: the verdict on FILE as it stands, a look that is counted, and the
/// keys of the points that more visits could decide.
struct Decision {
  GateVerdict verdict = GateVerdict::inconclusive;
  std::string text;                    ///< as `longhaul gate` prints it
  std::vector<std::string> undecided;  ///< keys; empty once the verdict stands
};
Decision decide(const std::string& file, const DecisionRules& rules);

}  // namespace longhaul
