#include "topologies/lab/roads.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "sample_topology.hpp"
#include "topologies/physics.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

/// a –(3 ms)– b –(5 ms)– c, and a –(5 ms)– c, one way.
Topology triangle() {
  auto topology = three_in_a_row();
  topology.links[0].plain_rtt = 6ms;
  topology.links[1].plain_rtt = 10ms;
  topology.links[1].loss = {0};
  auto direct = topology.links[0];
  direct.name = "a-c";
  direct.b = 2;
  direct.plain_rtt = 10ms;
  topology.links.push_back(direct);
  return topology;
}

/// The place of a pair's link among those of a full mesh: 0-1, 0-2, …, 1-2, ….
std::size_t mesh_link(std::size_t sites, std::size_t a, std::size_t b) {
  if (a > b) std::swap(a, b);
  return a * sites - a * (a + 1) / 2 + (b - a - 1);
}

/// Every pair has a link of its own, 10 ms and something each, so that no way over a third site is shorter.
Topology mesh(std::size_t sites) {
  Topology topology;
  topology.name = "mesh";
  for (std::size_t site = 0; site < sites; ++site)
    topology.sites.push_back({fmt::format("s{}", site), {fmt::format("h{}", site)}, 1, {"", {1e9}}});
  for (std::size_t a = 0; a < sites; ++a)
    for (std::size_t b = a + 1; b < sites; ++b) {
      Link link;
      link.name = default_name(topology, a, b);
      link.a = a;
      link.b = b;
      link.plain_rtt = 20ms + (sites * a + b) * 200us;
      link.members = {1, {1e9}};
      topology.links.push_back(link);
    }
  return topology;
}

/// How long a tiny packet travels; each is sent an hour after the one before.
Duration delay(Roads& roads, std::size_t from, std::size_t to) {
  static Duration now{};
  now += 1h;
  EXPECT_TRUE(roads.network().send(now, from, to, {1, {1, 1}, 0}));
  const auto arrival = roads.next(now + 1h);
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
  roads.apply({"x", {{0, 1, 7ns}, {0, 2, 10'000'001ns}, {1, 2, 0ns}}, {}, 1});
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
  roads.apply({"0ms", {{0, 1, 0ns}, {0, 2, 0ns}, {1, 2, 0ns}}, {}, 1});
  roads.network().send(0ns, 0, 1, {1, {1, 1500}, 0});
  EXPECT_EQ(roads.next(1s)->due, 12us);
}

TEST(Roads, ReportEveryMemberOfBothDirections) {
  Roads roads(three_in_a_row(), {100, false});
  roads.network().send(0ns, 2, 1, {1, {3, 4000}, 0});
  roads.next(1s);
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

TEST(Roads, ACutLosesWhatIsUnderWayAndRoutesGoRoundItAfterTheProtectionTime) {
  Roads roads(triangle(), {1, true});
  const std::vector<wan::Event> events{{10ms, wan::Event::Kind::cut, 2, 50ms}, {1s, wan::Event::Kind::restore, 2}};
  roads.schedule(events);
  EXPECT_TRUE(roads.network().send(8ms, 0, 2, {1, {1, 1}, 0}));
  EXPECT_EQ(roads.next_due(), 10ms);
  const auto lost = roads.next(20ms);  // it was 3 ms from its end
  ASSERT_TRUE(lost);
  EXPECT_TRUE(lost->lost);
  EXPECT_FALSE(roads.next(59ms));
  EXPECT_FALSE(roads.network().send(59ms, 0, 2, {2, {1, 1}, 0}));
  EXPECT_FALSE(roads.next(60ms));
  EXPECT_TRUE(roads.network().send(60ms, 0, 2, {3, {1, 1}, 0}));
  EXPECT_EQ(roads.next(1s)->due, 68ms);  // 3 + 5 ms over b
  EXPECT_FALSE(roads.next(1s));
  EXPECT_TRUE(roads.network().send(1s, 0, 2, {4, {1, 1}, 0}));
  EXPECT_EQ(roads.next(2s)->due, 1005ms);
}

TEST(Roads, ASettingsDifferenceStaysOnTheOtherWay) {
  Roads roads(triangle(), {1, true});
  roads.apply(resolve_wan("+10ms", triangle()));
  const std::vector<wan::Event> events{{0ms, wan::Event::Kind::reroute, 2, 0ms}};
  roads.schedule(events);
  EXPECT_FALSE(roads.next(1ms));
  roads.network().send(1ms, 0, 2, {1, {1, 1}, 0});
  EXPECT_EQ(roads.next(1s)->due, 1ms + 13ms);  // 8 ms, and half of 10 ms
}

TEST(Roads, ABrownoutReducesTheRateUntilTheNextSetting) {
  Roads roads(three_in_a_row(), {100, false});  // members of a-b: 1 Gbit/s
  const std::vector<wan::Event> events{{0ms, wan::Event::Kind::brownout, 0, wan::Event::kUnprotected, 0.1, 0}};
  roads.schedule(events);
  EXPECT_FALSE(roads.next(0ms));
  EXPECT_DOUBLE_EQ(bits_per_second(roads.counters()[0].rate), 1e8);
  roads.apply(resolve_wan("native", three_in_a_row()));
  EXPECT_DOUBLE_EQ(bits_per_second(roads.counters()[0].rate), 1e9);
}

TEST(Roads, ABrownoutOfALinkWithoutRateIsRefused) {
  Roads roads(three_in_a_row(), {1, true});
  const std::vector<wan::Event> slow{{0ms, wan::Event::Kind::brownout, 0, wan::Event::kUnprotected, 0.1, 0}};
  EXPECT_THROW(roads.schedule(slow), std::invalid_argument);
  const std::vector<wan::Event> nowhere{{0ms, wan::Event::Kind::cut, 9}};
  EXPECT_THROW(roads.schedule(nowhere), std::invalid_argument);
}

TEST(Roads, ARateAskedForIsSharedByMembersAndHoldsInAnUncappedLab) {
  Roads roads(three_in_a_row(), {1, true});
  roads.apply(resolve_wan("native:rate=4Gbit/s:queue=10ms", three_in_a_row()));
  const auto counters = roads.counters();
  EXPECT_DOUBLE_EQ(bits_per_second(counters[0].rate), 1e9);  // one of four
  EXPECT_DOUBLE_EQ(bits_per_second(counters[8].rate), 4e9);
  roads.apply(resolve_wan("native", three_in_a_row()));
  EXPECT_EQ(roads.counters()[0].rate.value, 0);
}

TEST(Roads, LossOfTheTopologyIsFeltWhereThePathCrossesIt) {
  Roads roads(three_in_a_row(), {1, true});  // b-c loses 0.1 %
  std::uint64_t through_ab = 0, through_ac = 0;
  for (int i = 0; i < 100'000; ++i) {
    through_ab += roads.network().lost_before(0, 1, 0, 1);
    through_ac += roads.network().lost_before(0, 2, 0, 1);
  }
  EXPECT_EQ(through_ab, 100'000u);
  EXPECT_NEAR(static_cast<double>(through_ac), 99'900, 40);
}

TEST(Roads, EightSitesFullyMeshedEachPairFeelsItsOwnDelay) {
  const auto topology = mesh(8);
  Roads roads(topology, {1, true});
  for (std::size_t from = 0; from < 8; ++from) {
    for (std::size_t to = 0; to < 8; ++to) {
      if (from == to) continue;
      EXPECT_EQ(delay(roads, from, to), one_way_delay(topology.links[mesh_link(8, from, to)])) << from << " " << to;
    }
  }
}

TEST(Roads, ATopologyWithoutLinksHasNone) {
  Roads roads(single_site({"h1", "h2"}), {1, false});
  EXPECT_TRUE(roads.counters().empty());
  EXPECT_FALSE(roads.network().next_due());
}

}  // namespace longhaul
