#pragma once
#include <optional>
#include <string>
#include <vector>

#include "results/acceptance.hpp"
#include "results/replication.hpp"
#include "results/tables.hpp"
#include "topologies/error.hpp"

namespace longhaul {

enum class GateVerdict { pass, inconclusive, fail };
/// "pass", "inconclusive", "fail".
std::string name_of(GateVerdict verdict);
/// 0, 3, 1.
ExitCode exit_code_of(GateVerdict verdict);

/// One bound of one rule at one point.
struct PointFinding {
  PointRow point;
  std::string name;  ///< of it, as no other point of the file is called
  Bound bound;
  GateVerdict verdict = GateVerdict::inconclusive;
  double value = unknown_value, low = unknown_value, high = unknown_value;  ///< in the quantity's unit
  double excess = 0;  ///< how far past the bound the value is, as a share of it; negative on the good side
  int units = 0;      ///< visits or launches of the run it rests on
  /// Of an inconclusive one: units that would settle it by the next look, if scatter and centre stay as they are; −1:
  /// unknown, or beyond most_more_units.
  int more_units = -1;
  std::string note;  ///< why there is no more to say: "one value, no repetition"
};
constexpr int most_more_units = 1000;

struct RuleFinding {
  Rule rule;
  GateVerdict verdict = GateVerdict::pass;
  std::size_t points = 0;              ///< that the rule matches
  std::vector<PointFinding> findings;  ///< a bound and point each
  std::vector<std::string> reasons;    ///< of what is no bound: provenance, data, no point matched
  /// The finding that decides: the failing one farthest past its bound, else the inconclusive one that needs most.
  const PointFinding* worst() const;
};

struct GateReport {
  std::string title, run;
  GateVerdict verdict = GateVerdict::pass;
  double confidence = 0.95;  ///< the spec's, over all looks
  double spent = 0.95;       ///< what this look is judged at
  int look = 1;
  Level level = Level::rounds;
  std::vector<RuleFinding> rules;
  std::string scale;  ///< of the lab's rates: "1:400", "uncapped"; empty on a real fabric
};

struct GateInput {
  std::string name;  ///< of the run, as the report shall call it
  const Results* results = nullptr;
  const Results* baseline = nullptr;  ///< for 'slowdown'
  int look = 1;                       ///< how often this run has been judged as it grew, this time included
};

/// Verdicts by confidence interval: a bound passes where the whole interval is on its good side, fails where the whole
/// of it is past the bound at the level that Holm's procedure asks over all points of all rules, and is inconclusive
/// otherwise. A rule fails before it is inconclusive, and passes only if all of its points pass; so does the gate. A
/// rule that matches no point fails. Look k is judged at 1 − (1 − confidence)/(k(k + 1)), so that all looks together
/// err no more than was allowed.
GateReport gate(const Acceptance& spec, const GateInput& input);

/// Why this file must not be judged by rules for real fabrics unless it is asked for: of acceptable_kinds().
std::vector<std::string> kinds_of(const Results& results);

/// @throws UsageError when one of these kinds is accepted neither by the spec nor by `also`
void expect_kinds_accepted(const std::vector<std::string>& kinds, const std::string& name, const Acceptance& spec,
                           const std::vector<std::string>& also);
/// @throws UsageError when the file is of a kind that neither the spec nor `also` accepts
void expect_acceptable(const Results& results, const std::string& name, const Acceptance& spec,
                       const std::vector<std::string>& also);

}  // namespace longhaul
