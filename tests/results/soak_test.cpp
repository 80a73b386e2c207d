#include "results/soak.hpp"

#include <gmock/gmock.h>

namespace longhaul {
namespace {

/// Collectives of 10 ms back to back for 20 s, but for what is asked at some times.
class Soak {
 public:
  void run(double until, double duration = 0.01) {
    while (now_ < until) {
      rows.push_back({0, now_, duration});
      now_ += duration;
    }
  }
  void pause(double time) { now_ += time; }
  std::vector<SoakRow> rows;

 private:
  double now_ = 0;
};

EventRow cut(double at) {
  EventRow event;
  event.at = at;
  event.kind = "cut";
  event.link = "a-b";
  return event;
}

TEST(SoakEffects, OfACutAreWhenItIsNoticedHowLongItLastsAndWhenTheRateIsBack) {
  Soak soak;
  soak.run(9.9999);        // 1000 collectives
  soak.run(10.001, 0.26);  // the one under way at the cut takes 260 ms
  soak.run(20);
  std::vector<EventRow> events{cut(10.005)};
  measure_effects(events, soak.rows);
  EXPECT_NEAR(events[0].stall, 0.26, 1e-9);
  EXPECT_NEAR(events[0].recovery, 0.255, 1e-6);  // 10 s + 260 ms, seen from the cut
  EXPECT_EQ(events[0].finished, static_cast<std::int64_t>(soak.rows.size()) - 1000);
}

TEST(SoakEffects, DetectionIsThreeTimesTheUsualTimeAfterTheStartOfWhatIsLate) {
  Soak soak;
  soak.run(9.9999);
  soak.run(10.001, 0.26);
  soak.run(20);
  std::vector<EventRow> events{cut(10.005)};
  measure_effects(events, soak.rows);
  EXPECT_NEAR(events[0].detection, 0.025, 1e-6);
}

TEST(SoakEffects, WhatACutHoldsUpCountsWithTheCutAlone) {
  Soak soak;
  soak.run(9.9999);
  soak.run(10.001, 3);  // held up until the restore and a little longer
  soak.run(20);
  std::vector<EventRow> events{cut(5), cut(10.005), cut(12.5)};
  measure_effects(events, soak.rows);
  EXPECT_NEAR(events[0].stall, 0.01, 1e-9);
  EXPECT_NEAR(events[1].stall, 3, 1e-9);
  EXPECT_NEAR(events[2].stall, 0.01, 1e-9);
}

TEST(SoakEffects, AnEventThatNobodyFeelsHasNoDetection) {
  Soak soak;
  soak.run(20);
  std::vector<EventRow> events{cut(10)};
  measure_effects(events, soak.rows);
  EXPECT_TRUE(std::isnan(events[0].detection));
  EXPECT_NEAR(events[0].recovery, 0, 0.011);
  EXPECT_NEAR(events[0].stall, 0.01, 1e-9);
}

TEST(SoakEffects, WhatStaysSlowHasNotRecoveredBeforeTheNextEvent) {
  Soak soak;
  soak.run(10);
  soak.run(15, 0.02);
  soak.run(20);
  std::vector<EventRow> events{cut(10), cut(15)};
  measure_effects(events, soak.rows);
  EXPECT_TRUE(std::isnan(events[0].recovery));
  EXPECT_NEAR(events[1].recovery, 0, 0.021);  // faster than before at once
}

TEST(SoakEffects, PausesToVerifyAreNoStall) {
  Soak soak;
  for (int second = 1; second <= 20; ++second) {
    soak.run(second);
    soak.pause(0.05);
  }
  std::vector<EventRow> events{cut(10.5)};
  measure_effects(events, soak.rows);
  EXPECT_NEAR(events[0].stall, 0.01, 1e-6);
}

TEST(SoakEffects, WrongDataCountWithTheEventUnderWhichTheCollectiveEnded) {
  Soak soak;
  soak.run(9.9999);
  soak.run(10.001, 3);  // overdue at 10.03 s, over at 13 s
  soak.run(20);
  std::vector<EventRow> events{cut(5), cut(10.005), cut(12.5)};
  count_failed(events, soak.rows, 1000);
  count_failed(events, soak.rows, soak.rows.size() - 1);
  count_failed(events, soak.rows, 3);  // before any event
  EXPECT_EQ(events[0].failed, 0);
  EXPECT_EQ(events[1].failed, 1);
  EXPECT_EQ(events[2].failed, 1);
}

TEST(SoakText, ShowsEachEventWithWhatWasFelt) {
  Results results;
  results.visits.resize(1);
  results.visits[0].median = 0.01;
  results.points.resize(1);
  results.points[0].operation = "all_reduce";
  results.points[0].algorithm = "flat";
  results.points[0].size = 4 << 20;
  results.points[0].wan = "native";
  results.soak.resize(1000);
  results.events = {cut(10)};
  results.events[0].protection = 0.05;
  results.events[0].detection = 0.03;
  results.events[0].stall = 0.26;
  results.events[0].finished = 990;
  EXPECT_EQ(soak_text(results),
            "Soak: all_reduce flat 4 MiB at native, 1000 collectives, 0 wrong elements, median 10 ms\n"
            "  At  Event                          Detected after   Stall  90 % after  Finished  Failed\n"
            "────  ─────────────────────────────  ──────────────  ──────  ──────────  ────────  ──────\n"
            "10 s  cut a-b, round it after 50 ms           30 ms  260 ms           -       990       0\n\n");
}

}  // namespace
}  // namespace longhaul
