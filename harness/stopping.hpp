#pragma once
#include <optional>
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

/// Look after round `round` (1-based) at all visits of the point so far. One visit says nothing about how visits
/// differ, so a point converges after two visits at the earliest.
Verdict look(const StoppingRule& rule, std::span<const VisitSamples> visits, int round);

/// The interval to store for a point that no further round will visit (PointRow.ci_low, ci_high): that of the look at
/// which it converged; otherwise, rounds or time being over, one that spends all the error that is left. Either way it
/// covers the median with the rule's confidence, peeking included. Absent where the samples do not support one (store
/// NaN).
/// @param round  the last look taken, 1-based
std::optional<Interval> final_interval(const StoppingRule& rule, std::span<const VisitSamples> visits, int round);

/// Whether `interval` ends a point: two visits or more, relative half-width at the median ≤ precision. With
/// final_interval it says whether a point whose time ran out is converged all the same (PointRow.converged).
bool precise_enough(const StoppingRule& rule, std::span<const VisitSamples> visits,
                    const std::optional<Interval>& interval);

}  // namespace longhaul
