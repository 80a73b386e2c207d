#include "harness/cli/decision.hpp"

#include <set>

#include "results/gate_output.hpp"
#include "results/looks.hpp"
#include "results/store.hpp"

namespace longhaul {

Decision decide(const std::string& file, const DecisionRules& rules) {
  const auto run = read_results(file);
  expect_acceptable(run, file, rules.spec, rules.accept);
  const auto* baseline = rules.baseline ? &*rules.baseline : nullptr;
  const auto report = gate(rules.spec, {file, &run, baseline, count_look({file}, run)});
  Decision decision{report.verdict, gate_table(report), {}};
  if (report.verdict != GateVerdict::inconclusive) return decision;
  // Not what no visit would help, such as a slowdown without a baseline.
  const auto can_be_decided = [](const PointFinding& finding) {
    return finding.verdict == GateVerdict::inconclusive && (finding.note.empty() || finding.more_units > 0);
  };
  std::set<std::string> keys;
  for (const auto& rule : report.rules)
    for (const auto& finding : rule.findings)
      if (can_be_decided(finding)) keys.insert(finding.point.key);
  decision.undecided.assign(keys.begin(), keys.end());
  return decision;
}

}  // namespace longhaul
