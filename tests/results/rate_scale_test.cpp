#include "results/rate_scale.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/acceptance.hpp"
#include "results/comparison_output.hpp"
#include "results/gate.hpp"
#include "results/gate_output.hpp"
#include "results/output.hpp"
#include "results/report_data.hpp"
#include "sample_results.hpp"

namespace longhaul {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;

Results at_scale(std::int32_t scale) {
  auto results = sample::results();
  for (auto& launch : results.launches) launch.scale = scale;
  return results;
}

/// Everything that is printed or written about a file, by the name of its form.
std::vector<std::pair<std::string, std::string>> all_forms(const Results& results) {
  std::vector<std::pair<std::string, std::string>> forms;
  for (const auto& name : output_format_names()) forms.emplace_back(name, render(results, parse_output_format(name)));
  forms.emplace_back("report", report_data({{"run.h5", results}}));
  const auto comparison = compare({{"a.h5", &results}, {"b.h5", &results}}, {});
  forms.emplace_back("compare", comparison_table(comparison, false));
  forms.emplace_back("compare, markdown", comparison_markdown(comparison));
  forms.emplace_back("compare, csv", comparison_csv(comparison));
  forms.emplace_back("compare, json", comparison_json(comparison));
  const auto spec = parse_acceptance("title: t\nrules:\n  - {name: r, require: {data: correct}}\n", "a.yaml");
  const auto verdict = gate(spec, {"run.h5", &results, nullptr, 1});
  forms.emplace_back("gate", gate_table(verdict));
  forms.emplace_back("gate, json", gate_json(verdict));
  forms.emplace_back("gate, junit", gate_junit(verdict));
  return forms;
}

TEST(RateScale, IsSaidInEveryFormOfAScaledRun) {
  for (const auto& [form, text] : all_forms(at_scale(400)))
    EXPECT_THAT(text, AnyOf(HasSubstr("1:400"), HasSubstr("\"scale\":400"), HasSubstr("\"scale\": 400"))) << form;
}

TEST(RateScale, IsSaidInEveryFormOfAnUncappedRun) {
  for (const auto& [form, text] : all_forms(at_scale(uncapped_scale)))
    EXPECT_THAT(text, AnyOf(HasSubstr("uncapped"), HasSubstr("\"scale\":0"), HasSubstr("\"scale\": 0"))) << form;
}

TEST(RateScale, OfAFileNamesEachOnceAndNothingWhereNoRateIsScaled) {
  auto results = at_scale(400);
  EXPECT_EQ(rate_scale(results), "1:400");
  results.launches.back().scale = uncapped_scale;
  EXPECT_EQ(rate_scale(results), "1:400 | uncapped");
  EXPECT_EQ(rate_scale(at_scale(1)), "");
}

TEST(RateScale, OfAPointIsThatOfTheLaunchesThatVisitedIt) {
  Results results;
  results.launches.resize(2);
  results.launches[1].scale = 20;
  results.points.resize(3);
  results.visits.resize(2);
  results.visits[1].point = results.visits[1].launch = 1;
  EXPECT_THAT(rate_scales_of_points(results), ElementsAre("1:1", "1:20", "1:1 | 1:20"));
}

}  // namespace
}  // namespace longhaul
