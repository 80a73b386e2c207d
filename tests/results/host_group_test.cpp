#include "results/host_group.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_pairs.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

using testing::ElementsAre;

/// Hosts "0", "1", … all pairs at 10 GB/s but those given at 1 GB/s.
PairMatrix pairs_of(std::size_t hosts, const std::vector<std::pair<std::size_t, std::size_t>>& slow) {
  PairMatrix matrix;
  matrix.point.moved = 1'000'000'000;
  for (std::size_t host = 0; host < hosts; ++host) {
    matrix.hosts.push_back(std::to_string(host));
    matrix.sites.emplace_back("a");
  }
  matrix.by_visit.emplace_back(hosts * hosts, 0.1);
  for (const auto& [a, b] : slow) matrix.by_visit[0][a * hosts + b] = matrix.by_visit[0][b * hosts + a] = 1;
  return matrix;
}

TEST(LargestGroup, IsAllWhereEveryPairReachesTheFloor) {
  const auto group = largest_group(pairs_of(5, {}), {5e9});
  EXPECT_EQ(group.hosts.size(), 5u);
  EXPECT_TRUE(group.left_out.empty() && group.exact);
}

TEST(LargestGroup, LeavesOutTheHostThatIsInAllSlowPairs) {
  const auto group = largest_group(pairs_of(5, {{0, 3}, {1, 3}, {3, 4}}), {5e9});
  EXPECT_THAT(group.left_out, ElementsAre("3"));
}

TEST(LargestGroup, IsLargerThanWhatGreedWouldFind) {
  // A hub with three spokes, each of which has a bad pair of its own: leaving out the hub first costs four hosts.
  const auto group = largest_group(pairs_of(7, {{0, 1}, {0, 2}, {0, 3}, {1, 4}, {2, 5}, {3, 6}}), {5e9});
  EXPECT_THAT(group.left_out, ElementsAre("1", "2", "3"));
  EXPECT_TRUE(group.exact);
}

TEST(LargestGroup, IsOneHostWhereNothingReachesTheFloor) {
  EXPECT_EQ(largest_group(pairs_of(4, {}), {50e9}).hosts.size(), 1u);
}

TEST(LargestGroup, IsToldForEachSettingOfAFile) {
  auto results = sample::pairs({});
  const auto lines = groups_text(results, {1e6});
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0], "6 of 6 hosts reach 0.001 GB/s pair by pair at native (pairwise-alone, 4 MiB).");
  results.exchanges.clear();
  EXPECT_THROW(groups_text(results, {1e6}), UsageError);
}

}  // namespace
}  // namespace longhaul
