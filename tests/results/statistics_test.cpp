#include "results/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace longhaul {
namespace {

/// 1 … n in an order without autocorrelation, times `factor`.
VisitSamples shuffled_ramp(int n, int round, double factor = 1, int launch = 0) {
  VisitSamples visit{launch, round, {}};
  for (int i = 0; i < n; ++i)
    visit.durations.push_back(factor * (1 + (i * 37) % n));  // 37 and n without common divisor
  return visit;
}

TEST(Median, IsTheMiddleOrTheMeanOfTheMiddleTwo) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
}

TEST(MedianInterval, OfOneVisitIsItsOrderStatistics) {
  const std::vector<VisitSamples> visits = {shuffled_ramp(100, 0)};
  const Interval interval = median_interval(visits, 0.95).value();
  // Ranks 40 and 60 of 100 (SciPy, see order_statistic_test.cpp), and a rank more for what chance correlates.
  EXPECT_NEAR(interval.low, 40, 1);
  EXPECT_NEAR(interval.high, 60, 1);
  EXPECT_EQ(interval.confidence, 0.95);
}

TEST(MedianInterval, WidensWhereSuccessiveSamplesResembleEachOther) {
  VisitSamples slow{0, 0, {}};
  for (int i = 0; i < 100; ++i) slow.durations.push_back(1 + (i / 5 * 5 * 37 + i % 5) % 100);  // runs of five
  const Interval runs = median_interval(std::vector<VisitSamples>{slow}, 0.95).value();
  const Interval mixed = median_interval(std::vector<VisitSamples>{shuffled_ramp(100, 0)}, 0.95).value();
  EXPECT_GT(runs.high - runs.low, 1.5 * (mixed.high - mixed.low));
}

TEST(MedianInterval, WidensByTheShiftsBetweenVisits) {
  std::vector<VisitSamples> visits;
  for (const double shift : {1.00, 1.05, 0.97, 1.02, 0.95, 1.01}) {
    VisitSamples visit{0, static_cast<int>(visits.size()), {}};
    for (int i = 0; i < 50; ++i) visit.durations.push_back(shift * (1 + 1e-4 * ((i * 37) % 50)));
    visits.push_back(std::move(visit));
  }
  // log shifts have a standard deviation of 0.0357; t(5) 2.571 / √6 standard deviations: ± 3.75 %
  const Interval interval = median_interval(visits, 0.95).value();
  EXPECT_NEAR(interval.relative_half_width(1), 0.0375, 0.0005);
}

TEST(MedianInterval, WidensByTheShiftsBetweenThreeLaunches) {
  std::vector<VisitSamples> visits;
  for (int launch = 0; launch < 3; ++launch)
    for (int round = 0; round < 4; ++round) visits.push_back(shuffled_ramp(99, round, 1 + 0.1 * launch, launch));
  const Interval interval = median_interval(visits, 0.95).value();
  for (VisitSamples& visit : visits) visit.launch = 0;
  const Interval one_launch = median_interval(visits, 0.95).value();
  EXPECT_GT(interval.high - interval.low, 2 * (one_launch.high - one_launch.low));
}

TEST(MedianInterval, IsNoNarrowerThanItsSamplesAllowWhenVisitsAgreeByChance) {
  std::vector<VisitSamples> visits;
  for (int round = 0; round < 4; ++round) visits.push_back(shuffled_ramp(99, round));
  const Interval interval =
      median_interval(visits, 0.95).value();  // visits' medians are equal: their t interval is empty
  EXPECT_LE(interval.low, 48);                // one standard error is 10 of 396 ranks, 2.5 of each visit's 99
  EXPECT_GE(interval.high, 52);
}

TEST(MedianInterval, HoldsTheMedianOfAllSamples) {
  const std::vector<VisitSamples> visits = {shuffled_ramp(99, 0), shuffled_ramp(9, 1, 20), shuffled_ramp(9, 2, 20)};
  const Interval interval = median_interval(visits, 0.5).value();
  std::vector<double> all;
  for (const VisitSamples& visit : visits) all.insert(all.end(), visit.durations.begin(), visit.durations.end());
  EXPECT_LE(interval.low, median(all));
  EXPECT_GE(interval.high, median(all));
}

TEST(MedianInterval, IsAbsentBelowSixSamplesAt95PercentAndWithoutVisits) {
  EXPECT_FALSE(median_interval(std::vector<VisitSamples>{{0, 0, {1, 2, 3, 4, 5}}}, 0.95));
  EXPECT_TRUE(median_interval(std::vector<VisitSamples>{{0, 0, {4, 1, 6, 2, 5, 3}}}, 0.95));
  EXPECT_FALSE(median_interval({}, 0.95));
}

TEST(MedianInterval, OfZeroDurationsStillComesFromTheirRanks) {
  const std::vector<VisitSamples> visits(3, VisitSamples{0, 0, {0, 0, 0, 0}});
  const Interval interval = median_interval(visits, 0.95).value();
  EXPECT_EQ(interval.low, 0);
  EXPECT_EQ(interval.high, 0);
}

TEST(SupportedQuantile, NeedsTenSamplesBeyondIt) {
  std::vector<double> values(100);
  std::iota(values.begin(), values.end(), 1);
  EXPECT_NEAR(supported_quantile(values, 0.9).value(), 90.1, 1e-9);  // numpy.quantile(range(1, 101), .9)
  EXPECT_FALSE(supported_quantile(values, 0.91));
  values.resize(99);
  EXPECT_FALSE(supported_quantile(values, 0.9));
  EXPECT_FALSE(supported_quantile(std::vector<double>(9'999, 1), 0.999));
  EXPECT_TRUE(supported_quantile(std::vector<double>(10'000, 1), 0.999));
}

}  // namespace
}  // namespace longhaul
