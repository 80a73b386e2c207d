#include "topologies/lab/wiring.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_topology.hpp"

namespace longhaul {

using testing::HasSubstr;
using testing::Not;

TEST(Wiring, OfASiteIsABridgeWithAPortAHostAndTheRoadOut) {
  const auto wiring =
      site_wiring(1, {"/proc/1/fd/7", "/proc/1/fd/9"}, {from_bits_per_second(4e9), from_bits_per_second(3e9)}, true);
  EXPECT_EQ(wiring.ip,
            "link set lo up\n"
            "link add name campus type bridge forward_delay 0 mcast_snooping 0\n"
            "addr add 10.2.255.254/16 dev campus\n"
            "link set campus up\n"
            "link add name port0 type veth peer name lh0 netns /proc/1/fd/7\n"
            "link set port0 master campus up\n"
            "link add name port1 type veth peer name lh0 netns /proc/1/fd/9\n"
            "link set port1 master campus up\n"
            "link set wan txqueuelen 10000 arp off up\n"
            "route add 10.0.0.0/8 dev wan\n");
  EXPECT_EQ(wiring.tc,
            "qdisc add dev port0 root tbf rate 4000000000bit burst 500000 limit 25000000\n"
            "qdisc add dev port1 root tbf rate 3000000000bit burst 375000 limit 18750000\n");
}

TEST(Wiring, OfASiteWithoutLinksHasNoRoadOut) { EXPECT_THAT(site_wiring(0, {}, {}, false).ip, Not(HasSubstr("wan"))); }

TEST(Wiring, OfTheBackboneIsACableToEverySite) {
  EXPECT_EQ(backbone_wiring({"/proc/1/fd/7", "/proc/1/fd/9"}).ip,
            "link set lo up\n"
            "link add name site0 address 02:00:00:00:00:01 type veth peer name wan address 02:00:00:00:00:01 netns "
            "/proc/1/fd/7\n"
            "link set site0 arp off up\n"
            "route add 10.1.0.0/16 dev site0\n"
            "link add name site1 address 02:00:00:00:00:01 type veth peer name wan address 02:00:00:00:00:01 netns "
            "/proc/1/fd/9\n"
            "link set site1 arp off up\n"
            "route add 10.2.0.0/16 dev site1\n");
}

TEST(Wiring, OfAHostNamesTheCongestionControlOnEveryRoute) {
  const auto wiring = host_wiring(0, {"a1", "a", "10.1.0.1", 1}, "bbr", {0}, {16384});
  EXPECT_EQ(wiring.ip,
            "link set lo up\n"
            "link set lh0 gso_max_size 16384 up\n"
            "addr add 10.1.0.1/16 dev lh0 noprefixroute\n"
            "route add 10.1.0.0/16 dev lh0 src 10.1.0.1 congctl bbr\n"
            "route add default via 10.1.255.254 dev lh0 src 10.1.0.1 congctl bbr\n");
  EXPECT_EQ(wiring.tc, "");  // no rate, no tbf
}

TEST(Wiring, OfSlowNicsKeepsRoomForASuperPacket) {
  EXPECT_EQ(host_wiring(0, {"a1", "a", "10.1.0.1", 1}, "cubic", from_bits_per_second(100e6), {16384}).tc,
            "qdisc add dev lh0 root tbf rate 100000000bit burst 81920 limit 4194304\n");
}

TEST(Wiring, LimitsSuperPacketsToAMillisecondOfTheSlowestMember) {
  EXPECT_EQ(largest_segment(three_in_a_row(), {1, true}).count, 65536u);
  EXPECT_EQ(largest_segment(three_in_a_row(), {500, false}).count, 25'000u);  // 200 Mbit/s
  EXPECT_EQ(largest_segment(three_in_a_row(), {10'000, false}).count, 16'384u);
  EXPECT_EQ(largest_segment(single_site({"h1"}), {1, false}).count, 65536u);
}

TEST(Wiring, HostsFileNamesAllHosts) {
  EXPECT_EQ(hosts_file({{"a1", "a", "10.1.0.1", 1}, {"b1", "b", "10.2.0.1", 1}}),
            "127.0.0.1 localhost\n10.1.0.1 a1\n10.2.0.1 b1\n");
}

}  // namespace longhaul
