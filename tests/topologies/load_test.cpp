#include "topologies/load.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/topologies/raises.hpp"
#include "topologies/physics.hpp"

namespace longhaul {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

/// A sound file, line by line, for tests to spoil.
const std::string kGood =
    "name: mine\n"                                                       // 1
    "title: My campuses\n"                                               // 2
    "sites:\n"                                                           // 3
    "  - name: a\n"                                                      // 4
    "    hosts: ['gpu-a[01-03]', login]\n"                               // 5
    "    gpus_per_host: 8\n"                                             // 6
    "    fabric: {technology: InfiniBand NDR, host_rate: 400 Gbit/s}\n"  // 7
    "  - name: b\n"                                                      // 8
    "    hosts: gpu-b[1-2]\n"                                            // 9
    "    fabric: {host_rate: 100 Gbit/s}\n"                              // 10
    "links:\n"                                                           // 11
    "  - between: [a, b]\n"                                              // 12
    "    medium: smf\n"                                                  // 13
    "    length: 80 km\n"                                                // 14
    "    equipment_latency: 5 us\n"                                      // 15
    "    members: 8 x 800 Gbit/s\n"                                      // 16
    "    jitter: 10 µs\n"                                                // 17
    "    loss: 0.1 %\n";                                                 // 18

std::string with(std::string text, const std::string& what, const std::string& instead) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), instead);
}

/// The message when `what` in the sound file reads `instead`.
std::string error_with(const std::string& what, const std::string& instead) {
  return usage_error_of([&] { parse_topology(with(kGood, what, instead), "mine.yaml"); });
}

TEST(Topology, IsReadWhole) {
  const auto topology = parse_topology(kGood, "mine.yaml");
  EXPECT_EQ(topology.name, "mine");
  EXPECT_EQ(topology.title, "My campuses");
  EXPECT_EQ(topology.source, "mine.yaml");
  ASSERT_EQ(topology.sites.size(), 2u);
  EXPECT_THAT(topology.sites[0].hosts, ElementsAre("gpu-a01", "gpu-a02", "gpu-a03", "login"));
  EXPECT_EQ(topology.sites[0].gpus_per_host, 8);
  EXPECT_EQ(topology.sites[0].fabric.technology, "InfiniBand NDR");
  EXPECT_DOUBLE_EQ(bits_per_second(topology.sites[0].fabric.host_rate), 400e9);
  EXPECT_EQ(topology.sites[1].gpus_per_host, 1);
  ASSERT_EQ(topology.links.size(), 1u);
  const auto& link = topology.links[0];
  EXPECT_EQ(link.name, "a-b");
  EXPECT_EQ(link.medium, Medium::smf);
  EXPECT_DOUBLE_EQ(link.length.value, 80);
  EXPECT_EQ(link.equipment_latency, 5us);
  EXPECT_EQ(link.members.count, 8);
  EXPECT_DOUBLE_EQ(bits_per_second(link.members.rate), 800e9);
  EXPECT_EQ(link.jitter, 10us);
  EXPECT_DOUBLE_EQ(link.loss.value, 0.001);
}

TEST(Topology, HashesAlikeOnAllLinksUnlessToldOtherwise) {
  EXPECT_EQ(parse_topology(kGood, "mine.yaml").links[0].hash, MemberHash::same);
  const auto own = with(kGood, "    jitter", "    hash: independent\n    jitter");
  EXPECT_EQ(parse_topology(own, "mine.yaml").links[0].hash, MemberHash::independent);
  EXPECT_THAT(error_with("    jitter", "    hash: none\n    jitter"), testing::HasSubstr("independent"));
}

TEST(Topology, KeepsTheTextItWasReadFrom) { EXPECT_EQ(parse_topology(kGood, "mine.yaml").text, kGood); }

TEST(Topology, TakesTheMultiplicationSignAndThePlainRtt) {
  auto text = with(kGood, "8 x 800 Gbit/s", "4 × 100 Gbit/s");
  text = with(text, "    medium: smf\n    length: 80 km\n    equipment_latency: 5 us\n", "    rtt: 70 ms\n");
  const auto link = parse_topology(text, "mine.yaml").links.at(0);
  EXPECT_EQ(link.members.count, 4);
  EXPECT_EQ(link.medium, Medium::unspecified);
  EXPECT_EQ(one_way_delay(link), 35ms);
}

TEST(Topology, OfOneSiteNeedsNoLinks) {
  const auto topology =
      parse_topology("name: one\nsites:\n  - {name: a, hosts: h1, fabric: {host_rate: 1 Gbit/s}}\n", "one.yaml");
  EXPECT_TRUE(topology.links.empty());
}

TEST(BadTopology, HasAnUnknownKey) {
  EXPECT_EQ(error_with("gpus_per_host", "gpu_per_host"),
            "mine.yaml:6:5: unknown key 'gpu_per_host'; did you mean 'gpus_per_host'? expected one of name, hosts, "
            "gpus_per_host, fabric");
  EXPECT_EQ(error_with("title", "titel"),
            "mine.yaml:2:1: unknown key 'titel'; did you mean 'title'? expected one of name, title, sites, links");
  EXPECT_EQ(error_with("technology", "tech"),
            "mine.yaml:7:14: unknown key 'tech'; expected one of technology, host_rate");
  EXPECT_EQ(error_with("    jitter", "    latency"),
            "mine.yaml:17:5: unknown key 'latency'; expected one of name, between, medium, length, equipment_latency, "
            "rtt, members, hash, jitter, loss");
}

TEST(BadTopology, HasABadUnit) {
  EXPECT_EQ(error_with("400 Gbit/s", "400 Gb"),
            "mine.yaml:7:53: unknown unit 'Gb' in 'host_rate: 400 Gb'; expected one of bit/s, kbit/s, Mbit/s, Gbit/s, "
            "Tbit/s");
  EXPECT_EQ(error_with("800 Gbit/s", "800G"),
            "mine.yaml:16:14: unknown unit 'G' in 'members: 8 x 800G'; expected one of bit/s, kbit/s, Mbit/s, Gbit/s, "
            "Tbit/s");
  EXPECT_EQ(error_with("80 km", "80"), "mine.yaml:14:13: no unit in 'length: 80'; expected one of m, km");
  EXPECT_EQ(error_with("10 µs", "10"),
            "mine.yaml:17:13: no unit in 'jitter: 10'; expected one of ns, µs, ms, s, min, h");
}

TEST(BadTopology, HasAQuantityOutOfBounds) {
  EXPECT_EQ(error_with("80 km", "-80 km"), "mine.yaml:14:13: 'length: -80 km' is negative; expected 0 or more");
  EXPECT_EQ(error_with("80 km", "1e6 km"), "mine.yaml:14:13: 'length: 1e6 km' is longer than 100000 km");
  EXPECT_EQ(error_with("5 us", "2 min"), "mine.yaml:15:24: 'equipment_latency: 2 min' is longer than 60 s");
  EXPECT_EQ(error_with("400 Gbit/s", "0 Gbit/s"),
            "mine.yaml:7:53: 'host_rate: 0 Gbit/s' is no rate; expected more than 0");
  EXPECT_EQ(error_with("0.1 %", "100 %"), "mine.yaml:18:11: 'loss: 100 %' loses everything; expected less than 100 %");
  EXPECT_EQ(error_with("0.1 %", "-1 %"), "mine.yaml:18:11: 'loss: -1 %' is negative; expected 0 or more");
  EXPECT_EQ(error_with("gpus_per_host: 8", "gpus_per_host: 0"),
            "mine.yaml:6:20: bad value in 'gpus_per_host: 0'; expected a whole number from 1 to 1024");
}

TEST(BadTopology, HasBadMembers) {
  EXPECT_EQ(error_with("8 x 800 Gbit/s", "800 Gbit/s"),
            "mine.yaml:16:14: bad value in 'members: 800 Gbit/s'; expected COUNT x RATE, such as 8 x 800 Gbit/s");
  EXPECT_EQ(
      error_with("8 x 800", "eight x 800"),
      "mine.yaml:16:14: bad value in 'members: eight x 800 Gbit/s'; expected COUNT x RATE, such as 8 x 800 Gbit/s");
  EXPECT_EQ(error_with("8 x 800", "0 x 800"),
            "mine.yaml:16:14: 'members: 0 x 800 Gbit/s' has 0 members; expected 1 to 4096");
  EXPECT_EQ(error_with("8 x 800", "-1 x 800"),
            "mine.yaml:16:14: 'members: -1 x 800 Gbit/s' has -1 members; expected 1 to 4096");
  EXPECT_EQ(error_with("8 x 800", "8 x 0"),
            "mine.yaml:16:14: 'members: 8 x 0 Gbit/s' is no rate; expected more than 0");
}

TEST(BadTopology, LinksAnUnknownSiteOrASiteToItself) {
  EXPECT_EQ(error_with("[a, b]", "[a, c]"),
            "mine.yaml:12:18: unknown site 'c' in topology 'mine'; expected one of a, b");
  EXPECT_EQ(error_with("[a, b]", "[a, a]"), "mine.yaml:12:18: the link joins site 'a' to itself; expected two sites");
  EXPECT_EQ(error_with("[a, b]", "[a]"), "mine.yaml:12:14: 'between' names 1 sites; expected two, such as [a, b]");
  EXPECT_EQ(error_with("[a, b]", "a-b"), "mine.yaml:12:14: 'between' holds 'a-b'; expected a list");
}

TEST(BadTopology, HasNoDelayOrTwo) {
  EXPECT_EQ(error_with("    medium: smf\n    length: 80 km\n", ""),
            "mine.yaml:12:5: the link has no delay; expected medium and length, or rtt");
  EXPECT_EQ(error_with("    medium: smf\n", ""), "mine.yaml:12:5: key 'medium' is missing");
  EXPECT_EQ(error_with("    length: 80 km\n", ""), "mine.yaml:12:5: key 'length' is missing");
  EXPECT_EQ(error_with("    jitter: 10 µs", "    rtt: 1 ms"),
            "mine.yaml:13:13: 'medium' beside 'rtt'; expected either rtt, or medium, length and equipment_latency");
  EXPECT_EQ(error_with("medium: smf", "medium: copper"),
            "mine.yaml:13:13: unknown value in 'medium: copper'; expected one of smf, hollow_core");
}

TEST(BadTopology, HasDisconnectedSites) {
  EXPECT_EQ(usage_error_of([] { parse_topology(kGood.substr(0, kGood.find("links:")), "mine.yaml"); }),
            "mine.yaml:8:5: site 'b' is not connected to 'a'; expected links that join all sites");
}

TEST(BadTopology, HasNoSitesOrNoHosts) {
  EXPECT_EQ(usage_error_of([] { parse_topology("name: x\nsites: []\n", "x.yaml"); }),
            "x.yaml:2:8: no sites; expected at least one");
  EXPECT_EQ(usage_error_of([] { parse_topology("name: x\n", "x.yaml"); }), "x.yaml:1:1: key 'sites' is missing");
  EXPECT_EQ(error_with("hosts: gpu-b[1-2]", "hosts: []"),
            "mine.yaml:9:12: no hosts; expected names or patterns such as gpu-a[001-128]");
  EXPECT_EQ(error_with("    hosts: gpu-b[1-2]\n", ""), "mine.yaml:8:5: key 'hosts' is missing");
}

TEST(BadTopology, HasABadHostPattern) {
  EXPECT_EQ(error_with("gpu-b[1-2]", "gpu-b[2-1]"),
            "mine.yaml:9:12: host pattern 'gpu-b[2-1]' has the range 2-1, which runs backwards");
  EXPECT_EQ(error_with("gpu-b[1-2]", "gpu-b[1-70000]"),
            "mine.yaml:9:12: host pattern 'gpu-b[1-70000]' makes more than 65536 hosts");
  EXPECT_EQ(error_with("gpu-b[1-2]", "[[a]]"), "mine.yaml:9:13: found a list; expected a value");
  EXPECT_EQ(error_with("gpu-b[1-2]", "gpu-b[1-65536]"), "mine.yaml:9:12: more than 65536 hosts in all");
}

TEST(BadTopology, HasDuplicates) {
  EXPECT_EQ(error_with("name: b", "name: a"), "mine.yaml:8:11: duplicate site 'a'; expected a name of its own");
  EXPECT_EQ(error_with("gpu-b[1-2]", "gpu-a02"), "mine.yaml:9:12: duplicate host 'gpu-a02'; site 'a' has it already");
  EXPECT_EQ(error_with("gpu-b[1-2]", "[n1, n1]"), "mine.yaml:9:12: duplicate host 'n1'; site 'b' has it already");
  EXPECT_EQ(usage_error_of([] { parse_topology(kGood + kGood.substr(kGood.find("  - between")), "mine.yaml"); }),
            "mine.yaml:19:5: duplicate link 'a-b'; expected a 'name' of its own for each of parallel links");
}

TEST(BadTopology, HasABadName) {
  EXPECT_EQ(
      error_with("name: a\n", "name: a/b\n"),
      "mine.yaml:4:11: bad name in 'name: a/b'; expected at most 63 letters, digits, '-', '.' and '_', the first a "
      "letter or digit");
  EXPECT_EQ(error_with("name: mine", "name:"), "mine.yaml:1:1: 'name' holds nothing; expected a value");
}

TEST(BadTopology, HasATitleThatATerminalWouldObey) {
  EXPECT_EQ(error_with("My campuses", R"("red \e[31m")"),
            "mine.yaml:2:8: control characters in 'title: red  [31m'; expected one line of text");
}

TEST(BadTopology, IsNoTopologyAtAll) {
  EXPECT_EQ(usage_error_of([] { parse_topology("", "x.yaml"); }), "x.yaml: empty; expected a YAML document");
  EXPECT_EQ(usage_error_of([] { parse_topology("just words", "x.yaml"); }),
            "x.yaml:1:1: holds 'just words'; expected a map of 'key: value'");
}

TEST(LoadTopology, FindsANameInTheCatalogueAndElseAFile) {
  EXPECT_EQ(load_topology("two-campus-metro").name, "two-campus-metro");
  const auto path = testing::TempDir() + "longhaul_load_test.yaml";
  std::ofstream(path) << kGood;
  EXPECT_EQ(load_topology(path).source, path);
}

TEST(LoadTopology, MeansAnotherNameByOneMisspelt) {
  EXPECT_THAT(
      usage_error_of([] { load_topology("two-campus-metr"); }),
      testing::StartsWith("unknown topology 'two-campus-metr'; did you mean 'two-campus-metro'? expected the path "
                          "of a file or one of hub-and-edge, "));
  EXPECT_EQ(usage_error_of([] { load_topology("nowhere.yaml"); }),
            "cannot read 'nowhere.yaml': No such file or directory");
}

}  // namespace
}  // namespace longhaul
