#include "harness/schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include <numeric>

namespace longhaul {
namespace {

using std::chrono::milliseconds;

TEST(VisitOrder, IsAPermutationThatDependsOnSeedSlotAndRound) {
  std::vector<std::size_t> all(72);
  std::iota(all.begin(), all.end(), std::size_t{0});
  const auto order = visit_order(72, 1, 0, 0);
  EXPECT_THAT(order, ::testing::UnorderedElementsAreArray(all));
  EXPECT_EQ(order, visit_order(72, 1, 0, 0));
  EXPECT_NE(order, visit_order(72, 2, 0, 0));
  EXPECT_NE(order, visit_order(72, 1, 1, 0));
  EXPECT_NE(order, visit_order(72, 1, 0, 1));
}

TEST(VisitOrder, IsTheSameOnEveryMachine) {
  // Written down once: a change of these numbers breaks --resume of files already measured.
  EXPECT_THAT(visit_order(5, 1, 0, 0), ::testing::ElementsAre(3U, 2U, 1U, 4U, 0U));
  EXPECT_THAT(visit_order(0, 1, 0, 0), ::testing::IsEmpty());
  EXPECT_THAT(visit_order(1, 1, 0, 0), ::testing::ElementsAre(0U));
}

TEST(VisitOrder, PutsEveryPointAtEveryPlaceAboutEquallyOften) {
  std::vector<int> first(4, 0);
  for (int round = 0; round < 4000; ++round) ++first[visit_order(4, 9, 0, round).front()];
  for (const int count : first) EXPECT_NEAR(count, 1000, 120);  // 4.4 standard deviations
}

TEST(FairShare, DividesWhatIsLeftAndNeverGoesBelowZero) {
  EXPECT_EQ(fair_share(milliseconds(1000), 4, milliseconds(50)), milliseconds(200));
  EXPECT_EQ(fair_share(milliseconds(1000), 4, milliseconds(500)), milliseconds(0));
  EXPECT_EQ(fair_share(milliseconds(-10), 4, milliseconds(0)), milliseconds(0));
  EXPECT_EQ(fair_share(milliseconds(10), 0, milliseconds(0)), milliseconds(0));
}

TEST(WeightOf, GrowsWithTheSquareOfTheIntervalAndHasAnEnd) {
  EXPECT_DOUBLE_EQ(weight_of(0.05, 0.05), 1);
  EXPECT_DOUBLE_EQ(weight_of(0.01, 0.05), 1);
  EXPECT_DOUBLE_EQ(weight_of(0.10, 0.05), 4);
  EXPECT_DOUBLE_EQ(weight_of(5, 0.05), kMostWeight);
  EXPECT_DOUBLE_EQ(weight_of(std::nan(""), 0.05), kMostWeight);
}

TEST(VisitsInRound, AreAsManyAsAShareHoldsButAFewAtMost) {
  EXPECT_EQ(visits_in_round(milliseconds(100), milliseconds(40)), 2);
  EXPECT_EQ(visits_in_round(milliseconds(100), milliseconds(1)), kMostVisitsARound);
}

TEST(VisitsInRound, IsOneWhereAVisitCostsMoreThanTheShareOrNothingIsKnown) {
  EXPECT_EQ(visits_in_round(milliseconds(100), milliseconds(400)), 1);
  EXPECT_EQ(visits_in_round(milliseconds(100), Duration{0}), 1);
  EXPECT_EQ(visits_in_round(Duration{0}, milliseconds(1)), 1);
}

TEST(NextBatch, TakesTheLeastEvenWhenTimeIsOver) {
  const VisitBudget budget{milliseconds(100), 3, 200};
  EXPECT_EQ(next_batch(budget, milliseconds(0), 0, milliseconds(300)), 3);
  EXPECT_EQ(next_batch(budget, milliseconds(500), 2, milliseconds(300)), 1);
  EXPECT_EQ(next_batch(budget, milliseconds(500), 3, milliseconds(300)), 0);
}

TEST(NextBatch, PlansHalfOfWhatFitsThenTheRest) {
  const VisitBudget budget{milliseconds(100), 3, 200};
  EXPECT_EQ(next_batch(budget, milliseconds(0), 0, milliseconds(2)), 25);
  EXPECT_EQ(next_batch(budget, milliseconds(84), 25, milliseconds(2)), 8);
}

TEST(NextBatch, StopsAtTheMost) {
  const VisitBudget budget{milliseconds(100), 3, 20};
  EXPECT_EQ(next_batch(budget, milliseconds(0), 15, std::chrono::microseconds(10)), 5);
  EXPECT_EQ(next_batch(budget, milliseconds(0), 20, std::chrono::microseconds(10)), 0);
}

}  // namespace
}  // namespace longhaul
