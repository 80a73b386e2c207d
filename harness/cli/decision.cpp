#include "harness/cli/decision.hpp"

#include <set>

#include "results/gate_output.hpp"
#include "results/looks.hpp"
#include "results/store.hpp"

namespace longhaul {

Decision decide(const std::string& file, const Acceptance& spec, const std::vector<std::string>& accept) {
  const auto run = read_results(file);
  expect_acceptable(run, file, spec, accept);
  const auto report = gate(spec, {file, &run, nullptr, count_look(file, run.visits.size())});
  Decision decision{report.verdict, gate_table(report), {}};
  if (report.verdict != GateVerdict::inconclusive) return decision;
  std::set<std::string> keys;
  for (const auto& rule : report.rules)
    for (const auto& finding : rule.findings)
      if (finding.verdict == GateVerdict::inconclusive && finding.units > 0) keys.insert(finding.point.key);
  decision.undecided.assign(keys.begin(), keys.end());
  return decision;
}

}  // namespace longhaul
