#include "results/report_verdicts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate_sample.hpp"
#include "results/comparison_output.hpp"
#include "results/gate_output.hpp"
#include "sample_pairs.hpp"

namespace longhaul {
namespace {

using testing::HasSubstr;
using testing::Not;

Acceptance rule_with(const std::string& require) {
  return parse_acceptance("rules:\n  - name: r\n    require: " + require + "\n", "a.yaml");
}

ReportRules judged_by(const Acceptance& spec, int look = 1, const Results* baseline = nullptr) {
  ReportRules rules;
  rules.spec = &spec;
  rules.baseline = baseline;
  rules.looks = {look};
  return rules;
}

TEST(ReportVerdicts, AreTheGatesOwnAtTheLookThatIsGiven) {
  // Passes at the first look and is told no longer by the ninth.
  const std::vector<ReportFile> files{{"run.h5", run_of({1e-3}, 5, 0.01)}};
  const auto spec = rule_with("{time: {at_most: 1.025 ms}}");
  for (const int look : {1, 9}) {
    const auto gated = gate(spec, {"run.h5", &files[0].results, nullptr, look});
    const auto page = verdicts_html(files, judged_by(spec, look));
    EXPECT_THAT(page, HasSubstr("run.h5: " + name_of(gated.verdict)));
    EXPECT_THAT(page, HasSubstr(basis(gated)));
    EXPECT_EQ(gated.verdict, look == 1 ? GateVerdict::pass : GateVerdict::inconclusive);
  }
  EXPECT_THAT(verdicts_html(files, judged_by(spec, 9)), HasSubstr("more visit"));
}

TEST(ReportVerdicts, HoldTimesAgainstTheBaseline) {
  const auto golden = run_of({1e-3}, 5, 0.005, 7);
  const std::vector<ReportFile> files{{"run.h5", run_of({1.2e-3}, 5, 0.005)}};
  const auto spec = rule_with("{slowdown: {at_most: 5 %}}");
  EXPECT_THAT(verdicts_html(files, judged_by(spec, 1, &golden)), HasSubstr("run.h5: fail"));
  EXPECT_THAT(verdicts_html(files, judged_by(spec)), HasSubstr("no --baseline was given"));
}

TEST(ReportVerdicts, CompareAllFilesAtOnceAndNameTheOneThatCannotBe) {
  auto other = run_of({1e-3, 1e-3});
  for (auto& point : other.points) point.key += "/other", point.ranks = 32;
  const std::vector<ReportFile> files{{"a.h5", run_of({1e-3, 2e-3})},
                                      {"b.h5", run_of({1e-3, 2e-3}, 5, 0.01, 2)},
                                      {"other.h5", other},
                                      {"c.h5", run_of({1e-3, 2e-3}, 5, 0.01, 3)}};
  const auto page = verdicts_html(files, {});
  EXPECT_THAT(page, HasSubstr("corrected for 4 points")) << "two of each further file, as `longhaul compare` counts";
  EXPECT_THAT(page, HasSubstr("a.h5 and other.h5 have no point in common"));
  EXPECT_THAT(page, HasSubstr("c.h5 against a.h5"));
}

/// A unit of many samples pulls the median of all; the ratio is of the units' own.
TEST(ReportVerdicts, ShowTheTimesThatTheRatioIsMadeOf) {
  auto base = run_of({1e-3, 1e-3}, 5, 0.001), slow = run_of({1.5e-3, 1.5e-3}, 5, 0.001, 2);
  for (auto* run : {&base, &slow}) {
    run->points[1].size = run->points[1].moved = run->points[0].size;
    run->points[1].in_place = 1;
    for (auto& point : run->points) point.median = 7e-3;
  }
  const std::vector<ReportFile> files{{"a.h5", base}, {"b.h5", slow}};
  const auto page = verdicts_html(files, {});
  EXPECT_THAT(page, HasSubstr("<td>1 ms</td><td>1.5 ms</td><td>1.50"));
  EXPECT_THAT(page, Not(HasSubstr("7 ms")));
  EXPECT_THAT(page, HasSubstr("<td>in place</td>"));
  EXPECT_THAT(page, HasSubstr("slowest: flat all_reduce of 1 MiB at native ("));
}

TEST(ReportVerdicts, TakeTheMarginThatIsGiven) {
  const std::vector<ReportFile> files{{"a.h5", run_of({1e-3}, 5, 0.001)}, {"b.h5", run_of({1.05e-3}, 5, 0.001, 2)}};
  EXPECT_THAT(verdicts_html(files, {}), HasSubstr("1 slower"));
  ReportRules wide;
  wide.comparison.margin = 0.1;
  EXPECT_THAT(verdicts_html(files, wide), HasSubstr("1 same"));
}

TEST(ReportVerdicts, NameTheHostsThatReachAFloor) {
  const std::vector<ReportFile> files{{"pairs.h5", sample::pairs({})}};
  ReportRules rules;
  rules.floor = BytesPerSecond{1};
  EXPECT_THAT(verdicts_html(files, rules), HasSubstr("6 of 6 hosts reach"));
  EXPECT_THAT(verdicts_html(files, {}), Not(HasSubstr("hosts reach")));
}

}  // namespace
}  // namespace longhaul
