#include "topologies/description.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "topologies/load.hpp"
#include "topologies/text.hpp"
#include "topologies/utf8.hpp"

namespace longhaul {
namespace {

/// Compares with tests/topologies/golden/NAME.txt, or writes it where LONGHAUL_UPDATE_GOLDEN is set.
void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(LONGHAUL_SOURCE_DIR) + "/tests/topologies/golden/" + name + ".txt";
  if (std::getenv("LONGHAUL_UPDATE_GOLDEN")) std::ofstream(path) << text;
  std::stringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(text, golden.str()) << "differs from " << path
                                << "; after reading the difference: LONGHAUL_UPDATE_GOLDEN=1";
}

std::size_t widest_line(const std::string& text) {
  std::size_t width = 0;
  for (const auto& line : split(text, '\n')) width = std::max(width, text_width(line));
  return width;
}

Topology parsed(const std::string& text) { return parse_topology(text, "test.yaml"); }

const std::string kTwins =
    "name: twins\n"
    "sites:\n"
    "  - {name: west, hosts: w1, fabric: {host_rate: 100 Gbit/s}}\n"
    "  - {name: east, hosts: 'e[1-2]', fabric: {host_rate: 100 Gbit/s}}\n"
    "links:\n"
    "  - {name: north-route, between: [west, east], medium: smf, length: 80 km, members: 8 x 800 Gbit/s}\n"
    "  - {name: south-route, between: [east, west], medium: hollow_core, length: 110 km, members: 8 x 800 Gbit/s,"
    " loss: 0.1 %}\n";

TEST(Description, OfTwoCampusesIsTwoBoxes) {
  expect_golden("two-campus-metro", describe(load_topology("two-campus-metro"), 80));
}

TEST(Description, OfThreeCampusesIsALadder) {
  expect_golden("three-campus-mesh", describe(load_topology("three-campus-mesh"), 80));
}

TEST(Description, OfAHubDrawsPlainRttsDotted) {
  expect_golden("hub-and-edge", describe(load_topology("hub-and-edge"), 80));
}

TEST(Description, OfOneCampusIsOneBox) { expect_golden("single-campus", describe(load_topology("single-campus"), 80)); }

TEST(Description, OfParallelLinksNamesThem) { expect_golden("twins-120", describe(parsed(kTwins), 120)); }

TEST(Description, OfBoxesTooWideIsALadder) { expect_golden("twins", describe(parsed(kTwins), 80)); }

TEST(Description, OfTheCatalogueFitsEightyColumns) {
  for (const auto& name : catalogue_names()) EXPECT_LE(widest_line(describe(load_topology(name), 80)), 80u) << name;
}

TEST(Description, UsesNoFewerThanEightyColumns) {
  const auto topology = load_topology("two-campus-metro");
  EXPECT_EQ(describe(topology, 10), describe(topology, 80));
}

TEST(Description, OfEightSitesFitsByLettersAndCountedPaths) {
  std::string text = "name: chain\nsites:\n", links = "links:\n";
  for (int i = 1; i <= 8; ++i) {
    text += fmt::format("  - {{name: campus-{0}, hosts: h{0}, fabric: {{host_rate: 1 Gbit/s}}}}\n", i);
    if (i > 1)
      links += fmt::format("  - {{between: [campus-{}, campus-{}], rtt: 1 ms, members: 1 x 1 Gbit/s}}\n", i - 1, i);
  }
  const auto description = describe(parsed(text + links), 80);
  expect_golden("eight-sites", description);
  EXPECT_LE(widest_line(description), 80u);
}

TEST(Summary, CountsWhatThereIs) {
  EXPECT_EQ(summary(load_topology("two-campus-metro")), "2 sites, 128 hosts, 1024 GPUs, 1 link");
  EXPECT_EQ(summary(load_topology("single-campus")), "1 site, 128 hosts, 1024 GPUs, 0 links");
}

}  // namespace
}  // namespace longhaul
