#include "results/diagnosis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_results.hpp"

namespace longhaul {
namespace {

/// One series of two sizes over three settings, its times given; a link of 1 GB/s that everything crosses once.
Results series(const std::vector<double>& large_times, double small_time = 1e-4) {
  Results results;
  const std::vector<std::pair<std::string, double>> settings{{"native", 1e-3}, {"+10ms", 11e-3}, {"+50ms", 51e-3}};
  for (std::size_t i = 0; i < large_times.size(); ++i) {
    WanRow wan{settings[i].first, "a", "b"};
    wan.rtt = settings[i].second;
    results.wan.push_back(wan);
    for (const bool large : {false, true}) {
      PointRow point;
      point.point = static_cast<std::int32_t>(results.points.size());
      point.operation = "all_reduce";
      point.algorithm = "flat";
      point.wan = wan.wan;
      point.size = point.moved = large ? 10'000'000 : 8;
      point.median = large ? large_times[i] : small_time;
      point.algbw = static_cast<double>(point.moved) / point.median;
      point.wire_rate = point.algbw;
      point.wire_limit = 1e9;
      results.points.push_back(point);
    }
  }
  return results;
}

std::vector<Limiter> limiters(const Results& results) {
  std::vector<Limiter> all;
  for (const auto& limit : limits(results)) all.push_back(limit.limiter);
  return all;
}

TEST(Limits, AreTheLinksWhereItIsFull) {
  EXPECT_THAT(limiters(series({0.011, 0.012})), testing::ElementsAre(Limiter::link, Limiter::link));
}

TEST(Limits, AreTheHostsWhereDistanceChangesNothing) {
  EXPECT_THAT(limiters(series({0.1, 0.11})), testing::ElementsAre(Limiter::host, Limiter::host));
}

TEST(Limits, AreAWindowWhereRateTimesRttStays) {
  EXPECT_THAT(limiters(series({0.02, 0.22, 1.02})),
              testing::ElementsAre(Limiter::window, Limiter::window, Limiter::window));
}

TEST(Limits, AreDistanceWhereBytesHardlyMatter) {
  EXPECT_THAT(limiters(series({0.02, 0.022}, 0.019)), testing::ElementsAre(Limiter::latency, Limiter::latency));
}

TEST(Limits, AreLossWhereLinksDropWithoutBeingFull) {
  auto results = series({0.1});
  VisitRow visit;
  visit.point = 1;
  results.visits.push_back(visit);
  LinkRow link{0, "ab", "a", "b"};
  link.drops = 5;
  results.links.push_back(link);
  EXPECT_THAT(limiters(results), testing::ElementsAre(Limiter::loss));
}

/// Visits of 0.1 s in which the first of two members carries so many bytes of the 10 MB that it could.
Results with_member_carrying(std::int64_t bytes) {
  auto results = series({0.1, 0.11});
  for (const std::int32_t point : {1, 3}) {
    VisitRow visit;
    visit.visit = static_cast<std::int32_t>(results.visits.size());
    visit.point = point;
    visit.collectives = 1;
    visit.first_sample = static_cast<std::int64_t>(results.samples.size());
    visit.sample_count = 1;
    results.visits.push_back(visit);
    SampleRow sample;
    sample.duration = 0.1;
    results.samples.push_back(sample);
    for (const int member : {0, 1}) {
      LinkRow link{visit.visit, "ab", "a", "b", member};
      link.bytes = member == 0 ? bytes : 0;
      link.rate = 100e6;
      results.links.push_back(link);
    }
  }
  return results;
}

TEST(Limits, AreAMemberWhereItIsBusyThoughItsLinkIsNotFull) {
  EXPECT_THAT(limiters(with_member_carrying(6'000'000)), testing::ElementsAre(Limiter::member, Limiter::member));
  EXPECT_THAT(limiters(with_member_carrying(3'000'000)), testing::ElementsAre(Limiter::host, Limiter::host));
}

TEST(Limits, AreNotKnownFromOneSetting) {
  EXPECT_THAT(limiters(series({0.1})), testing::ElementsAre(Limiter::unknown));
}

TEST(Outliers, AreNoneInACleanFile) { EXPECT_TRUE(outliers(sample::results()).empty()); }

TEST(Outliers, NameAPairWhoseRoundTripIsThirtyMillisecondsLonger) {
  auto results = sample::results();
  for (auto& pair : results.pairs) pair.measured_rtt += 30e-3;
  const auto found = outliers(results);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "west–east");
  EXPECT_THAT(found[0].text, testing::HasSubstr("30.2 ms longer"));
}

TEST(Outliers, NameEachPairWhereThereIsNoTopologyToTellTheLinkBy) {
  Results results;
  results.points.resize(1);
  results.visits.resize(1);
  results.pairs = {
      {0, "core", "near", 1e-3, 1.2e-3}, {0, "core", "far", 10e-3, 40e-3}, {0, "near", "far", 11e-3, 41e-3}};
  const auto expect_pairs = [&](const std::string& what) {
    const auto found = outliers(results);
    ASSERT_EQ(found.size(), 2u) << what;
    EXPECT_EQ(found[0].name, "core–far") << what;
    EXPECT_EQ(found[1].name, "near–far") << what;
  };
  expect_pairs("no launch");
  for (const std::string text : {"", "name: t\ntitle: t\n", "sites: [", "no topology"}) {
    results.launches.resize(1);
    results.launches[0].topology_text = text;
    expect_pairs(text);
  }
}

TEST(Outliers, NameTheLinkThatMostOfThePairsCross) {
  Results results;
  LaunchRow launch;
  launch.topology_text =
      "name: t\ntitle: t\nsites:\n"
      "  - {name: core, hosts: c1, fabric: {host_rate: 1 Gbit/s}}\n"
      "  - {name: near, hosts: n1, fabric: {host_rate: 1 Gbit/s}}\n"
      "  - {name: far, hosts: f1, fabric: {host_rate: 1 Gbit/s}}\n"
      "links:\n"
      "  - {name: short, between: [core, near], rtt: 1 ms, members: 1 x 1 Gbit/s}\n"
      "  - {name: long, between: [core, far], rtt: 10 ms, members: 1 x 1 Gbit/s}\n";
  results.launches = {launch};
  results.points.resize(1);
  results.visits.resize(1);
  results.pairs = {
      {0, "core", "near", 1e-3, 1.2e-3}, {0, "core", "far", 10e-3, 40e-3}, {0, "near", "far", 11e-3, 41e-3}};
  const auto found = outliers(results);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "the link long (core–far)");
  EXPECT_THAT(found[0].text, testing::HasSubstr("30 ms longer than configured: core–far, near–far"));
}

TEST(Outliers, NameTheMemberThatIsDeadAndNoOther) {
  auto results = sample::results();
  const auto rows = results.links;
  results.links.clear();
  for (const auto& row : rows)
    for (int member = 0; member < 4; ++member) {
      auto part = row;
      part.member = member;
      part.drops = member == 2 && row.from == "west" ? 40 : 0;
      if (member == 2 && row.from == "west") part.bytes = part.packets = 0;
      results.links.push_back(part);
    }
  const auto found = outliers(results);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "west-east member 2, west to east");
}

/// Every pair of ranks exchanged, over a link of two members of which the first carries `share`.
Results over_two_members(double share, int ranks_a_site) {
  auto results = sample::results();
  const auto rows = results.links;
  results.links.clear();
  results.ranks.clear();
  results.points[0].operation = "all_to_all";
  for (const auto* site : {"west", "east"})
    for (int rank = 0; rank < ranks_a_site; ++rank) {
      RankRow row{};
      row.site = site;
      results.ranks.push_back(row);
    }
  for (const auto& row : rows)
    for (int member = 0; member < 2; ++member) {
      auto part = row;
      part.member = member;
      part.bytes = static_cast<std::int64_t>(1e6 * (member == 0 ? share : 1 - share));
      part.drops = 0;
      results.links.push_back(part);
    }
  return results;
}

std::vector<std::string> crowded_members(double share, int ranks_a_site) {
  std::vector<std::string> names;
  for (const auto& found : outliers(over_two_members(share, ranks_a_site)))
    if (found.text.find("hashed alike") != std::string::npos) names.push_back(found.name + ": " + found.text);
  return names;
}

TEST(Outliers, NameTheMemberThatCarriesFarMoreThanItsShareOfManyConnections) {
  const auto found = crowded_members(0.9, 8);  // 64 connections
  ASSERT_EQ(found.size(), 2u);                 // one a direction
  EXPECT_THAT(found[0], testing::HasSubstr("member 0"));
  EXPECT_THAT(found[0], testing::HasSubstr("carries 90 % of its link's bytes, being one of 2 members, though 64"));
}

TEST(Outliers, LeaveAMemberAloneThatFewConnectionsCrowdByChance) {
  EXPECT_TRUE(crowded_members(0.75, 2).empty());  // three of four
  EXPECT_TRUE(crowded_members(0.55, 8).empty());
}

TEST(Outliers, LeaveAMemberAloneThatNoFlowWasHashedTo) {
  auto results = sample::results();
  const auto rows = results.links;
  for (auto row : rows) {
    row.member = 1;
    row.bytes = row.packets = row.drops = 0;
    results.links.push_back(row);
  }
  EXPECT_TRUE(outliers(results).empty());
}

}  // namespace
}  // namespace longhaul
