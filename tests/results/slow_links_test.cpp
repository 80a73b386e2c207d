#include "results/slow_links.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "topologies/load.hpp"

namespace longhaul {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Topology with_links(const std::string& links) {
  std::string sites;
  for (const auto* name : {"core", "edge1", "edge2", "edge3"})
    sites += fmt::format("  - {{name: {0}, hosts: {0}-1, fabric: {{host_rate: 100 Gbit/s}}}}\n", name);
  return parse_topology("name: t\ntitle: t\nsites:\n" + sites + "links:\n" + links, "test");
}

/// One core, three edges; what they exchange crosses the core.
Topology hub() {
  return with_links(
      "  - {name: one, between: [core, edge1], rtt: 4 ms, members: 1 x 1 Gbit/s}\n"
      "  - {name: two, between: [core, edge2], rtt: 4 ms, members: 1 x 1 Gbit/s}\n"
      "  - {name: three, between: [core, edge3], rtt: 4 ms, members: 1 x 1 Gbit/s}\n");
}

std::vector<std::string> names(const std::vector<Outlier>& outliers) {
  std::vector<std::string> all;
  for (const auto& outlier : outliers) all.push_back(outlier.name);
  return all;
}

TEST(SlowLinks, NameTheOneSpokeThatThreePairsCross) {
  const std::vector<PairExcess> pairs{{"core", "edge1", 0, false},     {"core", "edge2", 0.030, true},
                                      {"core", "edge3", 1e-4, false},  {"edge1", "edge2", 0.031, true},
                                      {"edge1", "edge3", 2e-4, false}, {"edge2", "edge3", 0.030, true}};
  const auto found = slow_links(hub(), pairs);
  ASSERT_THAT(names(found), ElementsAre("the link two (core–edge2)"));
  EXPECT_THAT(found[0].text, HasSubstr("30 ms longer than configured: core–edge2, edge1–edge2, edge2–edge3"));
  EXPECT_EQ(found[0].part, Outlier::Part::link);
}

TEST(SlowLinks, NameTwoThatAreSlowAtOnce) {
  const std::vector<PairExcess> pairs{{"core", "edge1", 0.010, true},  {"core", "edge2", 0.030, true},
                                      {"core", "edge3", 0, false},     {"edge1", "edge2", 0.040, true},
                                      {"edge1", "edge3", 0.010, true}, {"edge2", "edge3", 0.030, true}};
  EXPECT_THAT(names(slow_links(hub(), pairs)), ElementsAre("the link one (core–edge1)", "the link two (core–edge2)"));
}

TEST(SlowLinks, SayOfEachHowLongItIsByItself) {
  const std::vector<PairExcess> pairs{{"core", "edge1", 0.010, true},  {"edge1", "edge2", 0.040, true},
                                      {"edge1", "edge3", 0.060, true}, {"core", "edge2", 0.030, true},
                                      {"edge2", "edge3", 0.080, true}, {"core", "edge3", 0.050, true}};
  const auto found = slow_links(hub(), pairs);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_THAT(found[0].text, HasSubstr("round trips over it are 10 ms longer"));
  EXPECT_THAT(found[2].text, HasSubstr("round trips over it are 50 ms longer"));
}

TEST(SlowLinks, HaveTheirSitesBesideTheNameThatIsNotMadeOfThem) {
  const auto unnamed = with_links(
      "  - {between: [core, edge1], rtt: 4 ms, members: 1 x 1 Gbit/s}\n"
      "  - {between: [core, edge2], rtt: 4 ms, members: 1 x 1 Gbit/s}\n"
      "  - {between: [core, edge3], rtt: 4 ms, members: 1 x 1 Gbit/s}\n");
  const std::vector<PairExcess> pairs{{"core", "edge1", 0.030, true}};
  EXPECT_THAT(names(slow_links(unnamed, pairs)), ElementsAre("the link core-edge1"));
}

TEST(SlowLinks, NameBothOfTwoInARowThatNobodyElseCrosses) {
  const std::vector<PairExcess> pairs{{"edge1", "edge2", 0.030, true}};
  const auto found = slow_links(hub(), pairs);
  ASSERT_THAT(names(found), ElementsAre("one of the links one (core–edge1) and two (core–edge2)"));
  EXPECT_EQ(found[0].text,
            "they lie one after the other, and round trips over them are 30 ms longer than configured: edge1–edge2");
}

TEST(SlowLinks, TakeAPairThatIsAlmostLongForNoProofToTheContrary) {
  // A fifth of a long way is more than what is wrong with the link.
  const std::vector<PairExcess> pairs{{"core", "edge2", 0.030, true}, {"edge1", "edge2", 0.029, false}};
  EXPECT_THAT(names(slow_links(hub(), pairs)), ElementsAre("the link two (core–edge2)"));
}

TEST(SlowLinks, NameThePairThatNoLinkExplains) {
  const std::vector<PairExcess> pairs{
      {"core", "edge1", 0, false}, {"core", "edge2", 0, false}, {"edge1", "edge2", 0.030, true}};
  EXPECT_THAT(names(slow_links(hub(), pairs)), ElementsAre("edge1–edge2"));
  const std::vector<PairExcess> strangers{{"here", "there", 0.030, true}};
  EXPECT_THAT(names(slow_links(hub(), strangers)), ElementsAre("here–there"));
}

TEST(SlowLinks, LeaveAlternativesAlone) {
  const auto ring = with_links(
      "  - {name: ab, between: [core, edge1], rtt: 4 ms, members: 1 x 1 Gbit/s}\n"
      "  - {name: bc, between: [edge1, edge2], rtt: 4 ms, members: 1 x 1 Gbit/s}\n"
      "  - {name: ca, between: [edge2, core], rtt: 4 ms, members: 1 x 1 Gbit/s}\n"
      "  - {name: cd, between: [edge2, edge3], rtt: 4 ms, members: 1 x 1 Gbit/s}\n");
  const std::vector<PairExcess> pairs{{"core", "edge1", 0, false},
                                      {"core", "edge2", 0.030, true},
                                      {"edge1", "edge2", 0, false},
                                      {"core", "edge3", 0.030, true},
                                      {"edge2", "edge3", 0, false}};
  EXPECT_THAT(names(slow_links(ring, pairs)), ElementsAre("the link ca (edge2–core)"));
}

TEST(SlowLinks, AreNoneWhereNoPairIsLong) {
  const std::vector<PairExcess> pairs{{"core", "edge1", 0.004, false}};
  EXPECT_THAT(slow_links(hub(), pairs), IsEmpty());
}

}  // namespace
}  // namespace longhaul
