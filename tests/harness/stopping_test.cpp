#include "harness/stopping.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

/// `rounds` visits of 50 samples, ± `spread` around 1, their medians ± `shift`.
std::vector<VisitSamples> visits_of(int rounds, double spread, double shift) {
  std::vector<VisitSamples> visits;
  for (int round = 0; round < rounds; ++round) {
    VisitSamples visit{0, round, {}};
    const double centre = 1 + shift * (round % 2 == 0 ? 1 : -1);
    for (int i = 0; i < 50; ++i) visit.durations.push_back(centre * (1 + spread * ((i * 37) % 50 - 24.5) / 25));
    visits.push_back(std::move(visit));
  }
  return visits;
}

constexpr StoppingRule rule{0.05, 0.95, 6};

TEST(Look, ConvergesAsSoonAsVisitsAgreeClosely) {
  const Verdict verdict = look(rule, visits_of(3, 0.02, 0.001), 3);
  EXPECT_TRUE(verdict.enough);
  EXPECT_EQ(verdict.reason, "converged");
}

TEST(Look, NeverConvergesOnOneVisitHoweverSteady) {
  const Verdict verdict = look(rule, visits_of(1, 1e-6, 0), 1);
  EXPECT_FALSE(verdict.enough);
  EXPECT_EQ(verdict.reason, "");
}

TEST(Look, GoesOnWhileVisitsDisagree) { EXPECT_FALSE(look(rule, visits_of(4, 0.02, 0.10), 4).enough); }

TEST(Look, GivesUpAfterTheLastRound) {
  const Verdict verdict = look(rule, visits_of(6, 0.02, 0.10), 6);
  EXPECT_TRUE(verdict.enough);
  EXPECT_EQ(verdict.reason, "rounds");
}

TEST(Look, IsStricterEarlyThanLate) {
  // The same four visits: ± 1 % between them is convergence at the last of four looks, not at the fourth of ten.
  const auto visits = visits_of(4, 0.02, 0.015);
  EXPECT_EQ(look({0.05, 0.95, 4}, visits, 4).reason, "converged");
  EXPECT_EQ(look({0.05, 0.95, 10}, visits, 4).reason, "");
}

TEST(Look, WithoutASampleGoesOnUntilTheLastRound) {
  EXPECT_FALSE(look(rule, {}, 1).enough);
  EXPECT_EQ(look(rule, {}, 6).reason, "rounds");
}

TEST(FinalInterval, OfAConvergedPointIsTheOneThatConvergedIt) {
  const auto visits = visits_of(3, 0.02, 0.001);
  const auto interval = final_interval(rule, visits, 3);
  ASSERT_EQ(look(rule, visits, 3).reason, "converged");
  ASSERT_TRUE(interval);
  EXPECT_TRUE(precise_enough(rule, visits, interval));
  EXPECT_EQ(interval->confidence, 0.95);
  EXPECT_GT(interval->high - interval->low, median_interval(visits, 0.95)->high - median_interval(visits, 0.95)->low);
}

TEST(FinalInterval, SpendsAllErrorThatIsLeftWhenTimeIsOver) {
  const auto visits = visits_of(4, 0.02, 0.05);
  ASSERT_FALSE(look(rule, visits, 4).enough);
  const Interval ended = final_interval(rule, visits, 4).value();
  const Interval at_95 = median_interval(visits, 0.95).value();
  EXPECT_GE(ended.high - ended.low, at_95.high - at_95.low);
  EXPECT_NEAR((ended.high - ended.low) / (at_95.high - at_95.low), 1, 0.01);  // almost nothing was spent before
}

TEST(FinalInterval, CanSettleAPointWhoseTimeRanOut) {
  const auto visits = visits_of(4, 0.02, 0.02);
  ASSERT_FALSE(look(rule, visits, 4).enough);
  EXPECT_TRUE(precise_enough(rule, visits, final_interval(rule, visits, 4)));
}

TEST(FinalInterval, IsAbsentWithoutEnoughSamples) {
  EXPECT_FALSE(final_interval(rule, std::vector<VisitSamples>{{0, 0, {1, 2, 3}}}, 1));
  EXPECT_FALSE(final_interval(rule, {}, 6));
}

TEST(FinalInterval, PastTheDeclaredRoundsIsThatOfTheLast) {
  const auto visits = visits_of(6, 0.02, 0.10);
  EXPECT_EQ(final_interval(rule, visits, 7)->high, final_interval(rule, visits, 6)->high);
}

TEST(PreciseEnough, CountsVisitsThatHaveSamples) {
  auto visits = visits_of(2, 0.001, 0);
  const Interval narrow{0.999, 1.001, 0.95};
  EXPECT_TRUE(precise_enough(rule, visits, narrow));
  visits[1].durations.clear();
  EXPECT_FALSE(precise_enough(rule, visits, narrow));
  EXPECT_FALSE(precise_enough(rule, visits_of(2, 0.001, 0), std::nullopt));
}

}  // namespace
}  // namespace longhaul
