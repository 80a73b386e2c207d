#include "harness/pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "harness/plan.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

using testing::ElementsAre;

std::vector<int> one_site(int ranks) { return std::vector<int>(static_cast<std::size_t>(ranks)); }

/// Pairs of all steps; fails where a rank is twice in a step.
std::multiset<RankPair> pairs_of(const std::vector<Step>& steps) {
  std::multiset<RankPair> pairs;
  for (const auto& step : steps) {
    std::set<int> busy;
    for (const auto& pair : step) {
      EXPECT_LT(pair.first, pair.second);
      EXPECT_TRUE(busy.insert(pair.first).second && busy.insert(pair.second).second);
      pairs.insert(pair);
    }
  }
  return pairs;
}

TEST(Pattern, TogetherMeetsEveryPairOnceInAsFewStepsAsThereCanBe) {
  for (const int ranks : {2, 3, 4, 7, 8, 33}) {
    const auto steps = schedule(Pattern::pairwise_together, one_site(ranks));
    EXPECT_EQ(steps.size(), static_cast<std::size_t>(ranks % 2 == 0 ? ranks - 1 : ranks));
    const auto pairs = pairs_of(steps);
    EXPECT_EQ(pairs.size(), static_cast<std::size_t>(ranks * (ranks - 1) / 2));
    EXPECT_EQ(std::set<RankPair>(pairs.begin(), pairs.end()).size(), pairs.size());
  }
}

TEST(Pattern, AloneMeetsTheSamePairsOneByOne) {
  const auto alone = schedule(Pattern::pairwise_alone, one_site(6));
  for (const auto& step : alone) EXPECT_EQ(step.size(), 1u);
  EXPECT_EQ(pairs_of(alone), pairs_of(schedule(Pattern::pairwise_together, one_site(6))));
}

TEST(Pattern, BisectionCrossesBetweenSites) {
  EXPECT_THAT(schedule(Pattern::bisection, {0, 0, 1, 1}), ElementsAre(ElementsAre(RankPair{0, 2}, RankPair{1, 3})));
  // Ranks dealt out in turn: halves follow the sites all the same.
  EXPECT_THAT(schedule(Pattern::bisection, {0, 1, 0, 1}), ElementsAre(ElementsAre(RankPair{0, 1}, RankPair{2, 3})));
}

TEST(Pattern, RingNeighboursAreAllNeighboursAndNoOther) {
  EXPECT_EQ(pairs_of(schedule(Pattern::ring_neighbours, one_site(4))),
            (std::multiset<RankPair>{{0, 1}, {1, 2}, {2, 3}, {0, 3}}));
  EXPECT_EQ(pairs_of(schedule(Pattern::ring_neighbours, one_site(5))),
            (std::multiset<RankPair>{{0, 1}, {1, 2}, {2, 3}, {3, 4}, {0, 4}}));
  EXPECT_EQ(pairs_of(schedule(Pattern::ring_neighbours, one_site(2))), (std::multiset<RankPair>{{0, 1}}));
}

TEST(Pattern, OfOneRankIsRefused) { EXPECT_THROW(schedule(Pattern::bisection, one_site(1)), UsageError); }

TEST(Pattern, NamesComeBackAndPairwiseIsBothKinds) {
  EXPECT_THAT(parse_patterns("pairwise"), ElementsAre(Pattern::pairwise_together, Pattern::pairwise_alone));
  for (const auto pattern :
       {Pattern::pairwise_together, Pattern::pairwise_alone, Pattern::bisection, Pattern::ring_neighbours}) {
    EXPECT_THAT(parse_patterns(name_of(pattern)), ElementsAre(pattern));
    Point point;
    point.settings = name_of(pattern);
    EXPECT_EQ(pattern_of(point), pattern);
  }
  EXPECT_EQ(pattern_of(Point{}), std::nullopt);
  try {
    parse_patterns("bisecton");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("did you mean 'bisection'?"));
  }
}

TEST(Plan, OfPatternsHoldsExchangesAndNoCollective) {
  const auto plan = parse_plan("pattern: pairwise\nwan_rtt: [native, +10ms]\n", "plan");
  const auto points = expand(plan, 4, "2a,2b", "mpi");
  ASSERT_EQ(points.size(), 2u * 2u * 2u);  // together and alone, two settings, the two default sizes
  for (const auto& point : points) EXPECT_EQ(point.operation, Operation::send_recv);
  EXPECT_THAT(points.front().key(), testing::EndsWith("/pairwise-together"));
  EXPECT_EQ(to_yaml(parse_plan(to_yaml(plan), "again")), to_yaml(plan));
}

TEST(Plan, OfPatternsGoesOverAnyBackend) {
  auto plan = parse_plan("pattern: bisection\n", "plan");
  for (const auto* const backend : {"mpi", "nccl", "net"}) {
    plan.backend = backend;
    check(plan);
    for (const auto& point : expand(plan, 4, "2a,2b", backend)) {
      EXPECT_EQ(point.backend, backend);
      EXPECT_EQ(library_settings(point), "default");
    }
  }
}

TEST(Plan, OfPatternsTakesNoSettingsOfNccl) {
  auto plan = parse_plan("pattern: bisection\nbackend: nccl\nnccl: [graph]\n", "plan");
  try {
    check(plan);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("--nccl graph does not go with --pattern"));
  }
}

TEST(Pattern, LeavesTheSettingsOfCollectivesToTheLibrary) {
  Point point;
  point.settings = "graph+max_ctas=4";
  EXPECT_EQ(library_settings(point), "graph+max_ctas=4");
}

}  // namespace
}  // namespace longhaul
