#include "results/pair_outliers.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "results/host_effect.hpp"
#include "sample_pairs.hpp"

namespace longhaul {
namespace {

using testing::HasSubstr;

/// Exchanges with a host take longer, under a condition.
sample::PairShape slow_host(int host, double factor, bool small_too = false, bool only_together = false) {
  sample::PairShape shape;
  shape.factor = [=](int a, int b, bool large, bool alone) {
    const bool struck = (a == host || b == host) && (large || small_too) && !(alone && only_together);
    return struck ? factor : 1.0;
  };
  return shape;
}

/// The same exchanges, every other visit in a second launch whose ranks sit on the hosts in the opposite order.
Results with_a_turned_launch(Results results) {
  const auto ranks = results.ranks;
  const auto last = static_cast<std::int32_t>(ranks.size()) - 1;
  for (auto row : ranks) {
    row.launch = 1;
    row.rank = last - row.rank;
    results.ranks.push_back(row);
  }
  results.launches.resize(2);
  for (auto& visit : results.visits) visit.launch = visit.visit % 2;
  for (auto& row : results.exchanges)
    if (row.visit % 2 != 0) {
      const auto first = row.rank_a;
      row.rank_a = last - row.rank_b;
      row.rank_b = last - first;
    }
  return results;
}

TEST(PairOutliers, AreNoneWhereNothingIsWrong) {
  for (const int hosts : {2, 3, 4}) {
    sample::PairShape shape;
    shape.hosts_per_site = hosts;
    EXPECT_TRUE(pair_outliers(sample::pairs(shape)).empty()) << hosts << " hosts a site";
  }
}

TEST(PairOutliers, NameTheNicThatIsSlowAndNoOther) {
  for (const int hosts : {2, 3, 4}) {
    auto shape = slow_host(1, 1.25);
    shape.hosts_per_site = hosts;
    const auto found = pair_outliers(sample::pairs(shape));
    ASSERT_EQ(found.size(), 1u) << hosts << " hosts a site";
    EXPECT_EQ(found[0].part, Outlier::Part::nic);
    EXPECT_EQ(found[0].name, "the NIC of west-2");
    EXPECT_THAT(found[0].text, HasSubstr("with nobody else exchanging"));
  }
}

TEST(PairOutliers, NameTheHostWhereSmallMessagesAreSlowAsWell) {
  const auto found = pair_outliers(sample::pairs(slow_host(4, 2, true)));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].part, Outlier::Part::host);
  EXPECT_EQ(found[0].name, "east-2");
}

TEST(PairOutliers, TellContentionFromASlowHost) {
  const auto found = pair_outliers(sample::pairs(slow_host(0, 1.5, false, true)));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].text, HasSubstr("contention"));
}

TEST(PairOutliers, NameOneBadPair) {
  sample::PairShape shape;
  shape.factor = [](int a, int b, bool large, bool) { return a == 1 && b == 4 && large ? 1.6 : 1.0; };
  const auto found = pair_outliers(sample::pairs(shape));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].part, Outlier::Part::host_pair);
  EXPECT_EQ(found[0].name, "west-2–east-2");
}

/// Two hosts or more a site, of several ranks each, of which some have a slow NIC.
sample::PairShape with_slow_ranks(std::vector<int> slow, double factor, int ranks_per_host = 4) {
  sample::PairShape shape;
  shape.ranks_per_host = ranks_per_host;
  shape.factor = [=](int a, int b, bool large, bool) {
    const bool within_host = a / ranks_per_host == b / ranks_per_host;
    const auto is_slow = [&](int rank) { return std::ranges::find(slow, rank) != slow.end(); };
    return large && !within_host && (is_slow(a) || is_slow(b)) ? factor : 1.0;
  };
  return shape;
}

TEST(PairOutliers, NameOneBadNicOfSeveralOnAHost) {
  const auto found = pair_outliers(sample::pairs(with_slow_ranks({5}, 1.4)));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].part, Outlier::Part::nic);
  EXPECT_EQ(found[0].name, "the NIC of local rank 1 of west-2");
  EXPECT_THAT(found[0].text, HasSubstr("longer than those of the other ranks of its host"));
}

/// The second of west-2's four ranks has a slow NIC; device of a rank by its row.
template <class DeviceOf>
std::string named_with_devices(DeviceOf device_of) {
  auto results = with_a_turned_launch(sample::pairs(with_slow_ranks({5}, 1.4)));
  for (auto& rank : results.ranks) rank.device = device_of(rank);
  const auto found = pair_outliers(results);
  return found.size() == 1 ? found[0].name : fmt::format("{} named", found.size());
}

TEST(PairOutliers, NameTheDeviceOfARankThatHasOneToItself) {
  EXPECT_EQ(named_with_devices([](const RankRow& rank) { return fmt::format("GPU at {}b", rank.local_rank); }),
            "the NIC of local rank 1 of west-2 (GPU at 1b)");
  EXPECT_EQ(named_with_devices([](const RankRow&) { return "host memory"; }), "the NIC of local rank 1 of west-2");
}

TEST(PairOutliers, NameNoDeviceThatAnotherLaunchGaveToAnotherRank) {
  EXPECT_EQ(named_with_devices(
                [](const RankRow& rank) { return fmt::format("GPU at {}b", (rank.local_rank + rank.launch) % 4); }),
            "the NIC of local rank 1 of west-2");
}

/// Half of its host's pairs are slow then, and their median half as slow.
TEST(PairOutliers, NameOneBadNicOfTwoAndNotItsHost) {
  const auto found = pair_outliers(sample::pairs(with_slow_ranks({3}, 1.4, 2)));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "the NIC of local rank 1 of west-2");
}

TEST(PairOutliers, LeaveALocalRankAloneThatIsSlowOnEveryHostAsMachinesMayBeBuilt) {
  EXPECT_TRUE(pair_outliers(sample::pairs(with_slow_ranks({3, 7, 11, 15, 19, 23}, 1.4))).empty());
}

TEST(PairOutliers, NameTheHostWhereAllItsNicsAreBad) {
  const auto found = pair_outliers(sample::pairs(with_slow_ranks({4, 5, 6, 7}, 1.4)));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "the NIC of west-2");
}

TEST(PairOutliers, NameNoRankWhereNothingIsWrong) {
  for (const int ranks_per_host : {2, 4})
    for (unsigned seed = 1; seed <= 30; ++seed) {
      auto shape = with_slow_ranks({}, 1, ranks_per_host);
      shape.seed = seed;
      EXPECT_TRUE(pair_outliers(sample::pairs(shape)).empty()) << seed;
    }
}

TEST(PairOutliers, LeaveAWholeSlowSiteAlone) {
  // Everything within west takes twice as long: a site's effect, of which no host stands out.
  sample::PairShape shape;
  shape.factor = [](int a, int b, bool, bool) { return a < 3 && b < 3 ? 2.0 : 1.0; };
  EXPECT_TRUE(pair_outliers(sample::pairs(shape)).empty());
}

TEST(HostEffects, CancelSiteDistanceAndPartner) {
  auto shape = slow_host(1, 1.25);
  const auto matrices = pair_matrices(sample::pairs(shape));
  const auto& large_alone = matrices.back();
  for (const auto& effect : host_effects(large_alone))
    for (const double value : {effect.all, effect.even, effect.odd}) {
      if (effect.a == 1) {
        EXPECT_NEAR(value, std::log(1.25), 0.05);
      } else {
        EXPECT_LT(value, 0.05);
      }
    }
}

TEST(SlowHosts, ShowInBothHalvesOfTheVisits) {
  // Slow in every other visit: something else ran there.
  auto results = sample::pairs(slow_host(1, 1.25));
  for (auto& row : results.exchanges)
    if (row.visit % 2 == 0 && (row.rank_a == 1 || row.rank_b == 1)) row.least /= 1.25;
  EXPECT_TRUE(slow_hosts(pair_matrices(results).back()).empty());
}

TEST(PairOutliers, FollowRanksToTheHostsOfTheirLaunch) {
  const auto found = pair_outliers(with_a_turned_launch(sample::pairs(slow_host(1, 1.25))));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "the NIC of west-2");
}

TEST(PairMatrix, HoldsTheHostsOfAllLaunches) {
  auto results = with_a_turned_launch(sample::pairs({}));
  for (auto& rank : results.ranks)
    if (rank.launch == 1 && rank.host == "east-3") rank.host = "east-4";  // a spare, in the second launch
  const auto matrix = pair_matrices(results).front();
  ASSERT_EQ(matrix.size(), 7u);
  EXPECT_EQ(matrix.hosts.back(), "east-4");
  EXPECT_EQ(matrix.sites.back(), "east");
  EXPECT_NEAR(matrix.time(0, 6), 1e-3, 5e-5);
  EXPECT_TRUE(std::isnan(matrix.time(5, 6))) << "never in one launch";
}

TEST(PairMatrix, TakesRanksOfAHostTogether) {
  auto results = sample::pairs({});
  for (auto& rank : results.ranks) rank.host = rank.site;  // one host a site
  const auto matrices = pair_matrices(results);
  ASSERT_EQ(matrices.size(), 4u);
  EXPECT_EQ(matrices[0].size(), 2u);
  EXPECT_NEAR(matrices[0].time(0, 1), 1e-3, 5e-5);
  EXPECT_TRUE(std::isnan(matrices[0].time(0, 0)));
}

}  // namespace
}  // namespace longhaul
