#pragma once
#include <span>
#include <string>

#include "results/statistics.hpp"

namespace longhaul {

/// When a point has been measured enough. Looks are declared beforehand: one after each round, at most `rounds`.
struct StoppingRule {
  double precision = 0.05;   ///< relative half-width of the median's interval that ends a point
  double confidence = 0.95;  ///< of the interval, over all looks together
  int rounds = 6;            ///< looks at most
};

struct Verdict {
  bool enough = false;
  std::string reason;  ///< "converged", "rounds", or empty: go on
};

/// Look after round `round` (1-based) at all visits of the point so far.
Verdict look(const StoppingRule& rule, std::span<const VisitSamples> visits, int round);

}  // namespace longhaul
