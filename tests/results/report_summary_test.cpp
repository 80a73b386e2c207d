#include "results/report_summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/results/sample_results.hpp"

namespace longhaul {
namespace {

using testing::ElementsAre;

TEST(WanLabel, SetsNumberAndUnitApart) {
  EXPECT_EQ(wan_label("native"), "native");
  EXPECT_EQ(wan_label("+10ms"), "+10 ms");
  EXPECT_EQ(wan_label("0ms"), "0 ms");
  EXPECT_EQ(wan_label("x2"), "×2");
  EXPECT_EQ(wan_label("+10ms:rate=1Gbit/s:loss=0.1%"), "+10 ms, rate 1 Gbit/s, loss 0.1 %");
  EXPECT_EQ(wan_label("a-b=20ms:rate=1Gbit/s/b-c=+5ms"), "a-b = 20 ms, rate 1 Gbit/s, b-c = +5 ms");
  EXPECT_EQ(wan_label("x1.5"), "×1.5");
  EXPECT_EQ(wan_label("a-b=1.5ms/b-c=200us"), "a-b = 1.5 ms, b-c = 200 us");
  EXPECT_EQ(wan_label("x-ray"), "x-ray");
  EXPECT_EQ(wan_label(""), "");
}

TEST(WanSettings, GoFromNearToFarAndLeaveOutSitesWithoutRanks) {
  Results results;
  PointRow point;
  for (const char* wan : {"+10ms", "native"}) {
    point.wan = wan;
    results.points.push_back(point);
  }
  for (const char* site : {"a", "b"}) {
    RankRow rank;
    rank.site = site;
    results.ranks.push_back(rank);
  }
  results.wan = {{"+10ms", "a", "b", 11e-3}, {"native", "a", "b", 1e-3}, {"native", "a", "unused", 80e-3}};
  const auto settings = wan_settings(results);
  ASSERT_EQ(settings.size(), 2u);
  EXPECT_EQ(settings[0].id, "native");
  EXPECT_DOUBLE_EQ(settings[0].rtt, 1e-3);
  EXPECT_EQ(settings[1].label, "+10 ms");
  EXPECT_DOUBLE_EQ(settings[1].rtt, 11e-3);
}

TEST(WanSettings, KnowsFarthestAndNearestPair) {
  Results results;
  PointRow point;
  point.wan = "native";
  results.points.push_back(point);
  results.wan = {{"native", "a", "b", 1e-3}, {"native", "a", "c", 5e-3}, {"native", "b", "c", 4e-3}};
  const auto settings = wan_settings(results);
  EXPECT_DOUBLE_EQ(settings.at(0).rtt, 5e-3);
  EXPECT_DOUBLE_EQ(settings.at(0).nearest, 1e-3);
}

TEST(PairSummaries, TakeMedianAndRangeOverVisits) {
  Results results;
  PointRow point;
  point.point = 7;  // numbers need not be places
  point.wan = "+10ms";
  results.points.push_back(point);
  for (const double rtt : {11.2e-3, 11.0e-3, 13.0e-3, std::nan("")}) {
    VisitRow visit;
    visit.visit = static_cast<std::int32_t>(results.visits.size());
    visit.point = 7;
    results.pairs.push_back({visit.visit, "a", "b", 10e-3, rtt});
    results.visits.push_back(visit);
  }
  const auto pairs = pair_summaries(results);
  ASSERT_EQ(pairs.size(), 1u);
  EXPECT_EQ(pairs[0].wan, "+10ms");
  EXPECT_DOUBLE_EQ(pairs[0].configured, 10e-3);
  EXPECT_DOUBLE_EQ(pairs[0].low, 11.0e-3);
  EXPECT_DOUBLE_EQ(pairs[0].median, 11.2e-3);
  EXPECT_DOUBLE_EQ(pairs[0].high, 13.0e-3);
  EXPECT_EQ(pairs[0].measured.size(), 3u) << "an unknown RTT is no measurement";
}

TEST(LinkSummaries, AddUpCountersAndKeepTheLongestQueue) {
  Results results;
  results.points.emplace_back();
  results.points[0].wan = "native";
  results.visits = {VisitRow{}, VisitRow{}};
  results.visits[1].visit = 1;
  LinkRow link{0, "west-east", "west", "east"};
  link.bytes = 1000, link.packets = 10, link.drops = 2, link.queue_max = 500, link.rate = 125e6;
  results.links.push_back(link);
  link.visit = 1, link.drops = 0, link.queue_max = 400;
  results.links.push_back(link);
  link.member = 1;
  results.links.push_back(link);
  const auto links = link_summaries(results);
  ASSERT_EQ(links.size(), 2u) << "a row a member";
  EXPECT_EQ(links[0].visits, 2);
  EXPECT_EQ(links[0].visits_with_drops, 1);
  EXPECT_EQ(links[0].bytes, 2000);
  EXPECT_EQ(links[0].drops, 2);
  EXPECT_EQ(links[0].queue_max, 500);
  EXPECT_EQ(links[1].member, 1);
}

TEST(PointMarks, CountVisitsOfEachFlag) {
  Results results;
  results.points.resize(2);
  results.points[0].point = 4;
  results.points[1].point = 9;
  for (const int flags : std::vector<int>{0, flag_late_release | flag_oversubscribed, 0, flag_late_release}) {
    VisitRow visit;
    visit.point = 9;
    visit.flags = flags;
    results.visits.push_back(visit);
  }
  const auto marks = point_marks(results);
  EXPECT_EQ(marks[0].visits, 0);
  EXPECT_EQ(marks[1].visits, 4);
  EXPECT_EQ(marks[1].late_release, 2);
  EXPECT_EQ(marks[1].oversubscribed, 1);
}

TEST(PointMarks, DoubtAMedianOnlyWhenHalfItsVisitsAreLate) {
  PointMarks marks{.visits = 4, .late_release = 1};
  EXPECT_FALSE(marks.doubtful());
  marks.late_release = 2;
  EXPECT_TRUE(marks.doubtful());
}

TEST(PointMarks, DoubtAnyWrongDataOrUnfeltWanButNotOversubscription) {
  EXPECT_TRUE((PointMarks{.visits = 9, .wrong_data = 1}).doubtful());
  EXPECT_TRUE((PointMarks{.visits = 9, .wan_not_felt = 1}).doubtful());
  EXPECT_FALSE((PointMarks{.visits = 9, .oversubscribed = 9}).doubtful());
}

TEST(RanksPerSite, AddsUpInterleavedPlacements) {
  EXPECT_THAT(ranks_per_site("2a,2b"), ElementsAre(2, 2));
  EXPECT_THAT(ranks_per_site("1a,1b,1a,1b,1a"), ElementsAre(3, 2));
  EXPECT_THAT(ranks_per_site("128a"), ElementsAre(128));
  EXPECT_TRUE(ranks_per_site("").empty());
}

PointRow two_campus_point(const char* operation, std::int64_t size, const char* mode = "latency") {
  PointRow point;
  point.operation = operation;
  point.mode = mode;
  point.placement = "2a,2b";
  point.ranks = 4;
  point.size = point.moved = size;
  point.wire_limit = 100e6;
  return point;
}

const WanSummary ten_milliseconds{"10ms", "10 ms", 10e-3, 10e-3};

TEST(LeastTime, IsHalfARoundTripAndTheTransferForALoneAllReduce) {
  // 1 MB must leave each site: 10 ms at 100 MB/s, after 5 ms of flight.
  EXPECT_NEAR(least_time(two_campus_point("all_reduce", 1'000'000), ten_milliseconds), 15e-3, 1e-9);
}

TEST(LeastTime, OverlapsFlightAndTransferBackToBack) {
  EXPECT_NEAR(least_time(two_campus_point("all_reduce", 1'000'000, "throughput"), ten_milliseconds), 10e-3, 1e-9);
  EXPECT_NEAR(least_time(two_campus_point("all_reduce", 1000, "throughput"), ten_milliseconds), 5e-3, 1e-9);
}

TEST(LeastTime, LetsRootedOperationsRunAheadBackToBack) {
  auto point = two_campus_point("broadcast", 0);
  point.wire_limit = unknown_value;
  EXPECT_NEAR(least_time(point, ten_milliseconds), 5e-3, 1e-9);
  point.mode = "throughput";
  EXPECT_EQ(least_time(point, ten_milliseconds), 0);
}

TEST(LeastTime, KnowsNothingWithinOneSiteOrWithoutAnRtt) {
  auto point = two_campus_point("all_reduce", 16);
  point.wire_limit = unknown_value;
  EXPECT_EQ(least_time(point, WanSummary{"native", "native"}), 0);
  point.placement = "4a";
  EXPECT_EQ(least_time(point, ten_milliseconds), 0);
}

TEST(LeastTime, IsBelowEveryPlausibleMeasurement) {
  const auto results = sample::results();
  for (const auto& wan : wan_settings(results))
    for (const auto& point : results.points) {
      if (point.wan != wan.id) continue;
      EXPECT_LT(least_time(point, wan), point.ci_high) << point.key;
    }
}

}  // namespace
}  // namespace longhaul
