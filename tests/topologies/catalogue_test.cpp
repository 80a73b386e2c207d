#include <gmock/gmock.h>

#include "tests/topologies/raises.hpp"
#include "topologies/load.hpp"
#include "topologies/physics.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

TEST(Catalogue, HoldsTheNinePlaces) {
  EXPECT_THAT(catalogue_names(), testing::ElementsAre("hub-and-edge", "hybrid-core-edge-cloud", "neoscaler-800g",
                                                      "power-first-1200km", "single-campus", "three-campus-mesh",
                                                      "transatlantic", "two-campus-hollow-core", "two-campus-metro"));
}

TEST(Catalogue, NamesEachFileByItsName) {
  for (const auto& name : catalogue_names()) EXPECT_EQ(load_topology(name).name, name);
}

// Each figure has its source, or is said to be assumed, in the comment that heads the file.
TEST(Catalogue, ExplainsEachKindOfFigureItUses) {
  for (const auto& name : catalogue_names()) {
    const auto text = load_topology(name).text;
    const auto end_of_comment = text.find("\nname:");
    ASSERT_NE(end_of_comment, std::string::npos) << name;
    const auto comment = text.substr(0, end_of_comment), body = text.substr(end_of_comment);
    for (const std::string key : {"gpus_per_host", "host_rate", "length", "rtt", "equipment_latency", "members"}) {
      if (body.find(key + ":") == std::string::npos) continue;
      EXPECT_THAT(comment, testing::HasSubstr(key)) << name;
    }
  }
}

// 2 × (80 km × 4.897 µs/km + 5 µs); 16 × 400 Gbit/s = 800 GB/s; 800 GB/s × 793.52 µs.
TEST(Catalogue, MetroIsEightyKilometresOfGlass) {
  const auto path = all_paths(load_topology("two-campus-metro")).at(0);
  EXPECT_EQ(path.rtt(), 793'520ns);
  EXPECT_DOUBLE_EQ(bits_per_second(path.bottleneck), 6.4e12);
  EXPECT_EQ(bandwidth_delay_product(path.bottleneck, path.rtt()).count, 634'816'000u);
}

TEST(Catalogue, HollowCoreDiffersFromMetroInTheMediumOnly) {
  auto metro = load_topology("two-campus-metro").links.at(0),
       hollow = load_topology("two-campus-hollow-core").links.at(0);
  EXPECT_EQ(hollow.medium, Medium::hollow_core);
  EXPECT_EQ(metro.length, hollow.length);
  EXPECT_EQ(metro.equipment_latency, hollow.equipment_latency);
  EXPECT_EQ(capacity(metro), capacity(hollow));
  // Microsoft states about 33 % less latency than SMF; light alone: 1 − 3.36 / 4.897 = 31 %.
  EXPECT_NEAR(seconds(propagation(hollow.medium, hollow.length)) / seconds(propagation(metro.medium, metro.length)),
              0.69, 0.02);
}

TEST(Catalogue, MeshHasAWayAroundEveryLink) {
  const auto mesh = load_topology("three-campus-mesh");
  for (std::size_t cut = 0; cut < mesh.links.size(); ++cut) {
    auto rest = mesh;
    rest.links.erase(rest.links.begin() + static_cast<std::ptrdiff_t>(cut));
    EXPECT_EQ(all_paths(rest).size(), 3u) << mesh.links[cut].name;
  }
}

// 6605 km of MAREA and 400 km of backhaul: the cable alone costs 64.7 ms there and back.
TEST(Catalogue, AtlanticIsWiderThanTheCableAlone) {
  const auto rtt = all_paths(load_topology("transatlantic")).at(0).rtt();
  EXPECT_GT(rtt, 2 * propagation(Medium::smf, {6605}));
  EXPECT_LT(rtt, 75ms);
}

}  // namespace
}  // namespace longhaul
