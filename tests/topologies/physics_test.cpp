#include "topologies/physics.hpp"

#include <gmock/gmock.h>

#include "tests/topologies/raises.hpp"

namespace longhaul {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

/// Sites "a", "b", … and links given as (a, b, one way); each of one 400 Gbit/s member.
struct Road {
  std::size_t a, b;
  Duration one_way;
  double gigabits = 400;
};

Topology roads(std::size_t sites, const std::vector<Road>& list) {
  Topology topology;
  topology.name = "roads";
  for (std::size_t i = 0; i < sites; ++i)
    topology.sites.push_back(
        {.name = std::string(1, static_cast<char>('a' + i)), .hosts = {}, .gpus_per_host = 1, .fabric = {}});
  for (const auto& road : list) {
    Link link;
    link.a = road.a;
    link.b = road.b;
    link.plain_rtt = 2 * road.one_way;
    link.members = {1, from_bits_per_second(road.gigabits * 1e9)};
    topology.links.push_back(link);
  }
  return topology;
}

// Corning SMF-28 data sheet: group index 1.468 at 1550 nm; c = 299,792.458 km/s: 4.897 µs/km.
TEST(Propagation, OfSmfFollowsItsGroupIndex) {
  EXPECT_EQ(propagation(Medium::smf, {80}), 391'760ns);
  EXPECT_NEAR(seconds(propagation(Medium::smf, {1000})), 1000 * 1.468 / 299'792.458, 1e-6);
}

// Makers of hollow-core cable state 3.34 to 3.5 µs/km; nothing is faster than light in vacuum, 3.336 µs/km.
TEST(Propagation, OfHollowCoreIsInsideWhatMakersState) {
  EXPECT_EQ(propagation(Medium::hollow_core, {80}), 268'800ns);
  EXPECT_GE(propagation(Medium::hollow_core, {1000}), 3340us);
  EXPECT_LE(propagation(Medium::hollow_core, {1000}), 3500us);
}

TEST(Propagation, NeedsAMediumForALength) {
  EXPECT_EQ(propagation(Medium::unspecified, {0}), 0ns);
  EXPECT_EQ(usage_error_of([] { propagation(Medium::unspecified, {80}); }),
            "a length of 80 km needs a medium; expected smf or hollow_core");
}

TEST(OneWayDelay, AddsEquipmentToLight) {
  Link link;
  link.medium = Medium::smf;
  link.length = {80};
  link.equipment_latency = 5us;
  EXPECT_EQ(one_way_delay(link), 396'760ns);
}

TEST(OneWayDelay, IsHalfOfAPlainRtt) {
  Link link;
  link.plain_rtt = 70ms;
  EXPECT_EQ(one_way_delay(link), 35ms);
}

TEST(Capacity, IsThatOfAllMembers) {
  Link link;
  link.members = {8, from_bits_per_second(800e9)};
  EXPECT_DOUBLE_EQ(bits_per_second(capacity(link)), 6.4e12);
}

// 1 Gbit/s over 100 ms: 125 MB/s × 0.1 s, the textbook long fat pipe (RFC 7323, section 1.1 gives the product's
// meaning).
TEST(BandwidthDelayProduct, IsWhatFillsThePath) {
  EXPECT_EQ(bandwidth_delay_product(from_bits_per_second(1e9), 100ms).count, 12'500'000u);
}

TEST(ShortestPath, GoesByDelayNotByLinks) {
  const auto path = shortest_path(roads(3, {{0, 2, 10ms}, {0, 1, 4ms, 100}, {1, 2, 5ms}}), 0, 2);
  EXPECT_THAT(path.links, ElementsAre(1, 2));
  EXPECT_EQ(path.one_way, 9ms);
  EXPECT_EQ(path.rtt(), 18ms);
  EXPECT_DOUBLE_EQ(bits_per_second(path.bottleneck), 100e9);
}

TEST(ShortestPath, PrefersFewerLinksOfEquallyShort) {
  EXPECT_THAT(shortest_path(roads(3, {{0, 1, 4ms}, {1, 2, 5ms}, {0, 2, 9ms}}), 0, 2).links, ElementsAre(2));
}

TEST(ShortestPath, PrefersTheLinkDeclaredFirstOfTwins) {
  EXPECT_THAT(shortest_path(roads(2, {{0, 1, 9ms}, {1, 0, 5ms}, {0, 1, 5ms}}), 0, 1).links, ElementsAre(1));
  EXPECT_THAT(shortest_path(roads(4, {{0, 2, 1ms}, {0, 1, 1ms}, {1, 3, 1ms}, {2, 3, 1ms}}), 0, 3).links,
              ElementsAre(0, 3));
}

TEST(ShortestPath, TakesTheSameWayInBothDirections) {
  const auto topology = roads(4, {{0, 2, 1ms}, {0, 1, 1ms}, {1, 3, 1ms}, {2, 3, 1ms}});
  const auto back = shortest_path(topology, 3, 0);
  EXPECT_THAT(back.links, ElementsAre(3, 0));
  EXPECT_EQ(back.from, 3u);
  EXPECT_EQ(back.to, 0u);
}

TEST(ShortestPath, FromASiteToItselfIsEmpty) {
  const auto path = shortest_path(roads(2, {{0, 1, 1ms}}), 1, 1);
  EXPECT_TRUE(path.links.empty());
  EXPECT_EQ(path.one_way, 0ns);
  EXPECT_EQ(path.bottleneck.value, 0);
}

TEST(ShortestPath, SaysWhichSitesNothingJoins) {
  EXPECT_EQ(usage_error_of([] {
              shortest_path(roads(3, {{0, 1, 1ms}}), 0, 2);
            }),
            "no path between sites 'a' and 'c' in topology 'roads'; add a link that joins them");
}

TEST(ShortestPath, AddsUpLengths) {
  auto topology = roads(3, {{0, 1, 1ms}, {1, 2, 1ms}});
  for (auto& link : topology.links) {
    link.plain_rtt.reset();
    link.medium = Medium::smf;
    link.length = {100};
  }
  const auto path = shortest_path(topology, 0, 2);
  EXPECT_DOUBLE_EQ(path.length.value, 200);
  EXPECT_EQ(path.one_way, 979'400ns);
}

TEST(AllPaths, ListsEachPairOnceInOrder) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (const auto& path : all_paths(roads(3, {{0, 1, 1ms}, {1, 2, 1ms}}))) pairs.emplace_back(path.from, path.to);
  EXPECT_THAT(pairs, ElementsAre(std::pair(0, 1), std::pair(0, 2), std::pair(1, 2)));
}

}  // namespace
}  // namespace longhaul
