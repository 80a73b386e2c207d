#include "topologies/lab/roads.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "sample_topology.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

/// How long a tiny packet travels; each is sent an hour after the one before.
Duration delay(Roads& roads, std::size_t from, std::size_t to) {
  static Duration now{};
  now += 1h;
  EXPECT_TRUE(roads.network().send(now, from, to, {1, {1, 1}, 0}));
  const auto arrival = roads.network().next(now + 1h);
  EXPECT_TRUE(arrival && !arrival->lost);
  return arrival ? arrival->due - now : Duration(-1);
}

}  // namespace

TEST(Roads, StartWithTheTopologysOwnDelays) {
  Roads roads(three_in_a_row(), {1, true});
  EXPECT_EQ(delay(roads, 0, 1), 1ms);
  EXPECT_EQ(delay(roads, 1, 0), 1ms);
  EXPECT_EQ(delay(roads, 1, 2), 3ms);
  EXPECT_EQ(delay(roads, 0, 2), 4ms);  // over b
  EXPECT_EQ(delay(roads, 2, 0), 4ms);
}

TEST(Roads, ASettingGivesEveryPairItsRoundTripToTheNanosecond) {
  Roads roads(three_in_a_row(), {1, true});
  roads.apply({"x", {{0, 1, 7ns}, {0, 2, 10'000'001ns}, {1, 2, 0ns}}});
  EXPECT_EQ(delay(roads, 0, 1) + delay(roads, 1, 0), 7ns);
  EXPECT_EQ(delay(roads, 0, 2) + delay(roads, 2, 0), 10'000'001ns);
  EXPECT_EQ(delay(roads, 1, 2) + delay(roads, 2, 1), 0ns);
}

TEST(Roads, SplitDelaysAddUpExactly) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 1000; ++round) {
    std::vector<Duration> native(1 + random() % 6);
    for (auto& part : native) part = Duration(random() % 3 == 0 ? 0 : random() % 100'000'000);
    const Duration one_way(random() % 1'000'000'000);
    const auto parts = split_delay(one_way, native);
    ASSERT_EQ(parts.size(), native.size());
    EXPECT_EQ(std::accumulate(parts.begin(), parts.end(), Duration{}), one_way);
    for (const auto part : parts) EXPECT_GE(part, 0ns);
  }
  EXPECT_EQ(split_delay(8ms, {1ms, 3ms}), (std::vector<Duration>{2ms, 6ms}));
}

TEST(Roads, QueuesHoldTwoBandwidthDelayProductsFiftyMillisecondsOrOneMebibyte) {
  EXPECT_EQ(queue_limit({125e6}, 100ms).count, 25'000'000u);  // 2 × 12.5 MB
  EXPECT_EQ(queue_limit({125e6}, 1ms).count, 6'250'000u);     // 50 ms
  EXPECT_EQ(queue_limit({1e6}, 1ms).count, 1'048'576u);
  EXPECT_EQ(queue_limit({0}, 100ms).count, 0u);
}

TEST(Roads, CapEveryMemberAtItsScaledRate) {
  Roads roads(three_in_a_row(), {100, false});  // members of a-b: 1 Gbit/s
  roads.apply({"0ms", {{0, 1, 0ns}, {0, 2, 0ns}, {1, 2, 0ns}}});
  roads.network().send(0ns, 0, 1, {1, {1, 1500}, 0});
  EXPECT_EQ(roads.network().next(1s)->due, 12us);
}

TEST(Roads, ReportEveryMemberOfBothDirections) {
  Roads roads(three_in_a_row(), {100, false});
  roads.network().send(0ns, 2, 1, {1, {3, 4000}, 0});
  roads.network().next(1s);
  const auto counters = roads.counters();
  ASSERT_EQ(counters.size(), 10u);  // (4 members + 1) × 2 directions
  const auto& used = counters[9];
  EXPECT_EQ(used.link, "b-c");
  EXPECT_EQ(used.from, 2u);
  EXPECT_EQ(used.to, 1u);
  EXPECT_EQ(used.packets, 3u);
  EXPECT_EQ(used.bytes, 4000u);
  EXPECT_DOUBLE_EQ(bits_per_second(used.rate), 4e9);
  EXPECT_EQ(counters[0].packets, 0u);
}

TEST(Roads, ATopologyWithoutLinksHasNone) {
  Roads roads(single_site({"h1", "h2"}), {1, false});
  EXPECT_TRUE(roads.counters().empty());
  EXPECT_FALSE(roads.network().next_due());
}

}  // namespace longhaul
