#include "topologies/netem/shape.hpp"

#include <gmock/gmock.h>

#include "topologies/error.hpp"
#include "topologies/netem/host.hpp"
#include "topologies/netem/program.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

const ShapedDevice kPort{"eth0", 2, from_bits_per_second(100e9)};

std::vector<std::string> lines(const std::vector<std::vector<std::string>>& commands) {
  std::vector<std::string> all;
  for (const auto& command : commands) all.push_back(shell_text(command));
  return all;
}

Shape far_away() { return {"south", {{10U << 24 | 2U << 16, 24}}, 5ms, 0ns, {0}, {0}}; }

TEST(Shape, KeepsEveryHardwareQueueAndHoldsOnlyTrafficToTheOtherSite) {
  EXPECT_THAT(
      lines(shape_commands(kPort, {far_away()}, Holder::netem)),
      testing::ElementsAre(
          "qdisc add dev eth0 root handle 4c48: mq", "qdisc add dev eth0 parent 4c48:1 handle 4c01: htb default 0",
          "class add dev eth0 parent 4c01: classid 4c01:1 htb rate 1000000000000bit quantum 60000",
          "qdisc add dev eth0 parent 4c01:1 handle 5040: netem limit 83334 delay 5000us",
          "filter add dev eth0 parent 4c01: protocol ip prio 1 u32 match ip dst 10.2.0.0/24 flowid 4c01:1",
          "qdisc add dev eth0 parent 4c48:2 handle 4c02: htb default 0",
          "class add dev eth0 parent 4c02: classid 4c02:1 htb rate 1000000000000bit quantum 60000",
          "qdisc add dev eth0 parent 4c02:1 handle 5080: netem limit 83334 delay 5000us",
          "filter add dev eth0 parent 4c02: protocol ip prio 1 u32 match ip dst 10.2.0.0/24 flowid 4c02:1"));
}

TEST(Shape, ADeviceOfOneQueueHasItsHtbAtTheRoot) {
  EXPECT_THAT(lines(shape_commands({"eth0.7", 1, {12.5e9}}, {far_away()}, Holder::netem)),
              testing::ElementsAre(
                  "qdisc add dev eth0.7 root handle 4c48: htb default 0",
                  "class add dev eth0.7 parent 4c48: classid 4c48:1 htb rate 1000000000000bit quantum 60000",
                  "qdisc add dev eth0.7 parent 4c48:1 handle 5040: netem limit 83334 delay 5000us",
                  "filter add dev eth0.7 parent 4c48: protocol ip prio 1 u32 match ip dst 10.2.0.0/24 flowid 4c48:1"));
}

TEST(Shape, JitterLossAndRateAreNetemsAndTheClasssWithNothingOvertaking) {
  auto shape = far_away();
  shape.jitter = 1ms;
  shape.loss = {0.001};
  shape.rate = from_bits_per_second(10e9);
  const auto commands = lines(shape_commands(kPort, {shape}, Holder::netem));
  EXPECT_EQ(commands[2], "class add dev eth0 parent 4c01: classid 4c01:1 htb rate 5000000000bit quantum 60000");
  EXPECT_EQ(commands[3],
            "qdisc add dev eth0 parent 4c01:1 handle 5040: netem limit 100000 delay 5500us 500us rate "
            "100000000000bit loss random 0.100000%");
}

TEST(Shape, LimitHoldsTwiceWhatTheLineSendsWithinTheDelay) {
  EXPECT_EQ(netem_limit(from_bits_per_second(100e9), 5ms, 0ns), 83334u);  // 2 × 62.5 MB / 1500 B
  EXPECT_EQ(netem_limit(from_bits_per_second(1e9), 1us, 0ns), 1000u);
}

TEST(Shape, ChangesInPlaceWhatStands) {
  EXPECT_THAT(
      lines(reshape_commands({"eth0", 1, {12.5e9}}, {far_away()}, Holder::netem)),
      testing::ElementsAre("class change dev eth0 parent 4c48: classid 4c48:1 htb rate 1000000000000bit quantum 60000",
                           "qdisc change dev eth0 parent 4c48:1 handle 5040: netem limit 83334 delay 5000us"));
}

TEST(Shape, TbfLimitsRatesAndRefusesDelays) {
  auto shape = far_away();
  EXPECT_THROW(shape_commands(kPort, {shape}, Holder::tbf), UsageError);
  shape.delay = 0ns;
  shape.rate = from_bits_per_second(2e9);
  EXPECT_EQ(lines(shape_commands(kPort, {shape}, Holder::tbf))[3],
            "qdisc add dev eth0 parent 4c01:1 handle 5040: tbf rate 1000000000bit burst 125000 limit 6250000");
}

TEST(Shape, TooManyQueuesOrSitesAreRefused) {
  EXPECT_THROW(shape_commands({"eth0", 72, {1e9}}, {far_away()}, Holder::netem), UsageError);
  EXPECT_THROW(shape_commands(kPort, std::vector<Shape>(64, far_away()), Holder::netem), UsageError);
}

Topology three_sites() {
  Topology topology;
  topology.name = "three";
  for (const std::string name : {"a", "b", "c"})
    topology.sites.push_back({name, {name + "1", name + "2"}, 1, {"", from_bits_per_second(100e9)}});
  for (const auto& [a, b] : {std::pair{0, 1}, {1, 2}}) {
    Link link;
    link.name = default_name(topology, a, b);
    link.a = a;
    link.b = b;
    link.plain_rtt = 2ms;
    link.members = {1, from_bits_per_second(400e9)};
    topology.links.push_back(link);
  }
  return topology;
}

/// a1 is 10.0.97.1, and so on.
std::vector<std::uint32_t> invented(const std::string& host) {
  return {10U << 24 | static_cast<std::uint32_t>(host[0]) << 8 | static_cast<std::uint32_t>(host[1] - '0')};
}

TEST(Shapes, AreOneForEachOtherSiteHalfTheRoundTripEach) {
  const auto topology = three_sites();
  NetemOptions options;
  options.host = "b2";
  const auto shapes = shapes_of(topology, resolve_wan("+10ms:rate=10Gbit/s", topology), options, invented);
  ASSERT_EQ(shapes.size(), 2u);
  EXPECT_EQ(shapes[0].site, "a");
  EXPECT_EQ(shapes[0].delay, 6ms);
  EXPECT_DOUBLE_EQ(bits_per_second(shapes[0].rate), 5e9);  // one of two hosts
  EXPECT_EQ(shapes[1].site, "c");
  EXPECT_EQ(text_of(shapes[1].to[0]), "10.0.99.1/32");
}

TEST(Shapes, AddOnlyWhatGoesBeyondWhereHostsReallyAreFarApart) {
  const auto topology = three_sites();
  NetemOptions options;
  options.host = "a1";
  options.already_there = true;
  EXPECT_EQ(shapes_of(topology, resolve_wan("native", topology), options, invented)[0].delay, 0ms);
  EXPECT_EQ(shapes_of(topology, resolve_wan("+10ms", topology), options, invented)[0].delay, 5ms);
}

TEST(Shapes, AHostOfNoSiteIsRefused) {
  NetemOptions options;
  options.host = "x1";
  EXPECT_THROW(shapes_of(three_sites(), resolve_wan("native", three_sites()), options, invented), UsageError);
}

}  // namespace
}  // namespace longhaul
