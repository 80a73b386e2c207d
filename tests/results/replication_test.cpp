#include "results/replication.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "results/holm.hpp"
#include "results/shared_scatter.hpp"
#include "sample_results.hpp"
#include "tests/topologies/scratch.hpp"

// Expected values of tests named "…AsSciPy": golden/scipy.json, made by scipy_reference.py.
namespace longhaul {
namespace {

const nlohmann::json& scipy() {
  static const auto json = nlohmann::json::parse(read_text(LONGHAUL_SOURCE_DIR "/tests/results/golden/scipy.json"));
  return json;
}

void expect_as_scipy(double value, double expected) { EXPECT_NEAR(value, expected, 1e-9 * std::abs(expected) + 1e-13); }

TEST(Difference, IsWelchsTestAsSciPy) {
  for (const auto& test : scipy()["welch"]) {
    const auto effect = difference(estimate(test["a"]), estimate(test["b"]));
    expect_as_scipy(two_sided_p(effect), test["p"]);
    expect_as_scipy(effect.freedom, test["freedom"]);
    const auto interval = interval_of(effect, 0.95).value();
    const double digits = 1e-8 * (interval.high - interval.low);  // SciPy's own isf has nine
    EXPECT_NEAR(interval.low, test["low"], digits);
    EXPECT_NEAR(interval.high, test["high"], digits);
  }
}

TEST(Estimate, TestsAgainstANullAsSciPy) {
  for (const auto& test : scipy()["one_sample"]) {
    const auto one = estimate(test["values"]);
    expect_as_scipy(two_sided_p(one, test["null"]), test["two_sided"]);
    expect_as_scipy(upper_p(one, test["null"]), test["upper"]);
  }
}

TEST(Holm, AdjustsAsTheDefinitionInPython) {
  const auto tests = holm(scipy()["holm"]["p"], 0.05);
  for (std::size_t i = 0; i < tests.size(); ++i) expect_as_scipy(tests[i].adjusted, scipy()["holm"]["adjusted"][i]);
}

TEST(Holm, DrawsIntervalsAtTheLevelOfTheStepAtWhichItStopped) {
  const auto tests = holm({0.2, 0.001, 0.02, 0.03}, 0.05);  // 4·0.001 passes, 3·0.02 does not
  EXPECT_TRUE(tests[1].rejected);
  EXPECT_FALSE(tests[2].rejected || tests[3].rejected || tests[0].rejected);
  EXPECT_DOUBLE_EQ(tests[1].level, 0.05 / 4);
  for (const auto i : {0, 2, 3}) EXPECT_DOUBLE_EQ(tests[static_cast<std::size_t>(i)].level, 0.05 / 3);
}

TEST(Digamma, AndItsDerivativeAsSciPy) {
  for (const auto& pair : scipy()["digamma"]) EXPECT_NEAR(digamma(pair[0]), pair[1], 1e-11 * std::abs(double(pair[1])));
  for (const auto& pair : scipy()["trigamma"])
    EXPECT_NEAR(trigamma(pair[0]), pair[1], 1e-11 * std::abs(double(pair[1])));
}

TEST(SharedScatter, IsThePooledVarianceAndEndlessWherePointsAreAlike) {
  const std::vector<Estimate> points{estimate({0, 2}), estimate({1, 3}), estimate({5, 7}), estimate({4})};
  const auto shared = shared_scatter(points);
  EXPECT_DOUBLE_EQ(shared.variance, 2);
  EXPECT_TRUE(std::isinf(shared.freedom));
  const auto drawn = with_shared(points[0], shared);
  EXPECT_DOUBLE_EQ(drawn.variance, 1);
  EXPECT_DOUBLE_EQ(drawn.freedom, 3) << "no more than all points have together";
  EXPECT_EQ(with_shared(points[3], shared).freedom, 0) << "one unit says nothing of its scatter";
}

TEST(SharedScatter, LeavesPointsAloneWhereTheyDifferWildly) {
  std::vector<Estimate> points;
  for (int i = 0; i < 12; ++i) {
    const double spread = std::pow(30.0, i % 4);
    points.push_back(estimate({0, spread, -spread, 0.3 * spread, -0.4 * spread}));
  }
  EXPECT_LT(shared_scatter(points).freedom, 1);
}

TEST(SharedScatter, NeedsThreePoints) {
  EXPECT_EQ(shared_scatter({estimate({0, 2}), estimate({1, 3})}).freedom, 0);
  EXPECT_EQ(with_shared(estimate({0, 2}), {}).freedom, 1);
}

Replication rounds(std::vector<double> values) {
  Replication units;
  units.rounds = std::move(values);
  for (int i = 0; i < static_cast<int>(units.rounds.size()); ++i) units.round_of.emplace_back(0, i);
  return units;
}

/// 40 µs printed to 0.01 µs, twice: unit²/12 of one value, as both may be rounded the same way.
TEST(Rounding, FloorsWhatEqualPrintsSeemToKnow) {
  Replication units;
  units.launches = {std::log(40e-6), std::log(40e-6)};
  units.rounding = std::pow(0.01 / 40, 2) / 12;
  const auto floored = estimates_of({units}, Level::launches).at(0);
  EXPECT_DOUBLE_EQ(floored.variance, units.rounding);
  EXPECT_EQ(floored.freedom, 1);
  EXPECT_GT(two_sided_p(floored, std::log(40.005e-6)), 0.3);
  EXPECT_GT(interval_of(floored, 0.95)->high, interval_of(floored, 0.95)->low);
  const auto scattered = estimate({std::log(40e-6), std::log(41e-6)});
  EXPECT_EQ(with_rounding(scattered, units.rounding).variance, scattered.variance) << "what differs more stays";
  EXPECT_EQ(with_rounding(estimate({1}), 1).freedom, 0) << "one value stays unknown";
}

TEST(Togetherness, TellsASharedShiftFromEachPointsOwn) {
  EXPECT_TRUE(togetherness({rounds({0, 1, 2}), rounds({5, 6, 7}), rounds({2, 3, 4})}).is_beyond_chance());
  EXPECT_FALSE(togetherness({rounds({0, 1, 2}), rounds({7, 5, 6}), rounds({3, 4, 2})}).is_beyond_chance());
}

TEST(Togetherness, OfTwoFilesTellsWhatOneAloneOverlooks) {
  // χ² over its freedom at one in ten: 1.94 for 4, 1.67 for 8.
  const Togetherness one{.squares = 18, .expected = 10, .freedom = 4};
  EXPECT_FALSE(one.is_beyond_chance());
  EXPECT_TRUE((one + one).is_beyond_chance());
}

TEST(ReplicationOfPoints, CountsVisitsAndLaunchesWithoutUnusedSamples) {
  auto results = sample::results();
  const auto units = replication_of_points(results);
  ASSERT_EQ(units.size(), results.points.size());
  EXPECT_EQ(units[0].rounds.size(), 4u);
  EXPECT_EQ(units[0].launches.size(), 2u);
  EXPECT_DOUBLE_EQ(std::exp(units[0].rounds[0]), results.visits[0].median);
}

TEST(ReplicationOfPoints, LeavesOutVisitsThatCannotBeBelieved) {
  auto results = sample::results();
  results.visits[0].flags |= flag_wan_not_felt;
  results.visits[72].flags |= flag_wrong_data;
  EXPECT_EQ(replication_of_points(results)[0].rounds.size(), 2u);
}

TEST(ReplicationOfPoints, TakesTheMedianOfAVisitThatKeptNoSamples) {
  Results results;
  results.points.emplace_back();
  for (int launch = 0; launch < 2; ++launch) {
    VisitRow visit;
    visit.launch = launch;
    visit.median = 2e-3 * (launch + 1);
    results.visits.push_back(visit);
  }
  const auto units = replication_of_points(results).front();
  ASSERT_EQ(units.launches.size(), 2u);
  EXPECT_DOUBLE_EQ(units.launches[1], std::log(4e-3));
}

TEST(CommonLevel, IsLaunchesOnlyWhereEveryPointHasTwo) {
  Replication two, one;
  two.launches = {1, 2};
  one.launches = {1};
  EXPECT_EQ(common_level({&two, &two}), Level::launches);
  EXPECT_EQ(common_level({&two, &one}), Level::rounds);
}

}  // namespace
}  // namespace longhaul
