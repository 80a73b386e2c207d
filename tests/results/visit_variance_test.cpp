#include "results/visit_variance.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace longhaul {
namespace {

TEST(IntervalBetween, IsTheTIntervalOfLogMediansWhereVisitsAreEqual) {
  const std::vector<VisitSamples> visits = {{0, 0, {0.9, 1.0, 5.0}}, {0, 1, {1.0, 1.1, 1.2}}, {0, 2, {1.1, 1.2, 9.0}}};
  // scipy.stats.t.interval(.95, 2, loc=m.mean(), scale=m.std(ddof=1)/3**.5), m = log([1, 1.1, 1.2]); exp of both ends
  const Interval interval = interval_between(visits, 0.95).value();
  EXPECT_NEAR(interval.low, 0.8745986371595587, 1e-9);
  EXPECT_NEAR(interval.high, 1.3758586688545014, 1e-9);
  EXPECT_EQ(interval.confidence, 0.95);
}

TEST(IntervalBetween, IsNotMovedByAVisitThatWasSpoiled) {
  // x = log([1, 1.02, .98, 1.01, 4, 1.03, .99, 1]); h = 6; c = scipy.stats.trim_mean(x, 1/8)
  // w = scipy.stats.mstats.winsorize(x, limits=(1/8, 1/8)); exp of both ends of
  // scipy.stats.t.interval(.95, h - 1, loc=c, scale=(((w - c)**2).sum() / (h * (h - 1)))**.5)
  std::vector<VisitSamples> visits;
  for (const double median : {1.0, 1.02, 0.98, 1.01, 4.0, 1.03, 0.99, 1.0})
    visits.push_back({0, static_cast<int>(visits.size()), {median}});
  const Interval interval = interval_between(visits, 0.95).value();
  EXPECT_NEAR(interval.low, 0.9880918802127143, 1e-9);
  EXPECT_NEAR(interval.high, 1.0288071910655376, 1e-9);
}

TEST(IntervalBetween, LeansOnLongVisitsAndCountsFewerOfThem) {
  const std::vector<VisitSamples> equal = {{0, 0, {1, 1}}, {0, 1, {1.1, 1.1}}, {0, 2, {1.2, 1.2}}};
  const std::vector<VisitSamples> ragged = {{0, 0, {1, 1, 1, 1, 1, 1, 1, 1}}, {0, 1, {1.1}}, {0, 2, {1.2}}};
  const Interval even = interval_between(equal, 0.95).value(), uneven = interval_between(ragged, 0.95).value();
  EXPECT_LT(std::sqrt(uneven.low * uneven.high), std::sqrt(even.low * even.high));
  EXPECT_GT(uneven.high / uneven.low, even.high / even.low);
}

TEST(IntervalBetween, NeedsTwoVisitsWithSamplesAboveZero) {
  EXPECT_FALSE(interval_between(std::vector<VisitSamples>{{0, 0, {1, 2, 3}}, {0, 1, {}}}, 0.95));
  EXPECT_FALSE(interval_between(std::vector<VisitSamples>{{0, 0, {0, 0, 0}}, {0, 1, {1}}}, 0.95));
  EXPECT_TRUE(interval_between(std::vector<VisitSamples>{{0, 0, {1}}, {0, 1, {1}}}, 0.95));
}

TEST(JoinLaunches, KeepsSamplesOfALaunchTogetherInOrder) {
  const std::vector<VisitSamples> visits = {{1, 0, {1, 2}}, {0, 0, {3}}, {1, 1, {4}}};
  const auto launches = join_launches(visits);
  ASSERT_EQ(launches.size(), 2u);
  EXPECT_EQ(launches[0].launch, 1);
  EXPECT_EQ(launches[0].durations, (std::vector<double>{1, 2, 4}));
  EXPECT_EQ(launches[1].durations, (std::vector<double>{3}));
}

}  // namespace
}  // namespace longhaul
