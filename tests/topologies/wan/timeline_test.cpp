#include "topologies/wan/timeline.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

using namespace longhaul::wan;
using namespace std::chrono_literals;

namespace {

constexpr LinkState kGood{};

void take_all(Timeline& timeline, Time now) {
  while (timeline.take(now)) {
  }
}

}  // namespace

TEST(Timeline, CutsAtOnceAndGoesRoundAfterTheProtectionTime) {
  Timeline timeline(2);
  timeline.add(Event{10ms, Event::Kind::cut, 1, 50ms});
  EXPECT_EQ(timeline.next(), 10ms);
  EXPECT_FALSE(timeline.take(10ms - 1ns));
  EXPECT_EQ(timeline.take(10ms)->kind, Step::Kind::cut);
  EXPECT_TRUE(timeline.state(1).down);
  EXPECT_FALSE(timeline.state(1).avoided);
  EXPECT_EQ(timeline.next(), 60ms);
  EXPECT_EQ(timeline.take(60ms)->kind, Step::Kind::avoid);
  EXPECT_TRUE(timeline.state(1).avoided);
  EXPECT_EQ(timeline.state(0), kGood);
  EXPECT_FALSE(timeline.next());
}

TEST(Timeline, ACutThatNobodyProtectsKeepsItsRoutes) {
  Timeline timeline(1);
  timeline.add(Event{1ms, Event::Kind::cut, 0});
  take_all(timeline, 1h);
  EXPECT_TRUE(timeline.state(0).down);
  EXPECT_FALSE(timeline.state(0).avoided);
}

TEST(Timeline, ALinkRestoredBeforeItsProtectionTimeKeepsItsRoutes) {
  Timeline timeline(1);
  timeline.add(Event{10ms, Event::Kind::cut, 0, 50ms});
  timeline.add(Event{30ms, Event::Kind::restore, 0});
  take_all(timeline, 1s);
  EXPECT_EQ(timeline.state(0), kGood);
}

TEST(Timeline, ACutAtTheMomentOfARestoreIsProtected) {
  Timeline timeline(1);
  timeline.add(Event{10ms, Event::Kind::restore, 0});
  timeline.add(Event{10ms, Event::Kind::cut, 0, 0ms});
  take_all(timeline, 10ms);
  EXPECT_TRUE(timeline.state(0).down);
  EXPECT_TRUE(timeline.state(0).avoided);
}

TEST(Timeline, ARerouteLeavesTheLinkUp) {
  Timeline timeline(1);
  timeline.add(Event{1s, Event::Kind::reroute, 0, 20ms});
  EXPECT_EQ(timeline.next(), 1020ms);
  take_all(timeline, 2s);
  EXPECT_FALSE(timeline.state(0).down);
  EXPECT_TRUE(timeline.state(0).avoided);
}

TEST(Timeline, ABrownoutLastsUntilTheRestore) {
  Timeline timeline(1);
  timeline.add(Event{1s, Event::Kind::brownout, 0, Event::kUnprotected, 0.1, 0.02});
  timeline.add(Event{3s, Event::Kind::restore, 0});
  take_all(timeline, 2s);
  EXPECT_EQ(timeline.state(0), (LinkState{false, false, 0.1, 0.02}));
  take_all(timeline, 3s);
  EXPECT_EQ(timeline.state(0), kGood);
}

TEST(Timeline, TakesLiveEventsBetweenThoseToCome) {
  Timeline timeline(2);
  timeline.add(Event{1s, Event::Kind::cut, 0});
  timeline.add(Event{500ms, Event::Kind::cut, 1});
  EXPECT_EQ(timeline.take(2s)->link, 1u);
  timeline.add(Event{100ms, Event::Kind::restore, 1});  // of the past: happens now
  EXPECT_EQ(timeline.take(2s)->link, 1u);
  EXPECT_EQ(timeline.take(2s)->link, 0u);
  EXPECT_FALSE(timeline.take(2s));
}

TEST(Timeline, StepsComeInOrderOfTimeExactlyOnceHoweverTheyWereAdded) {
  std::mt19937_64 random(1);
  Timeline timeline(4);
  std::size_t expected = 0;
  for (int i = 0; i < 500; ++i) {
    const bool cut = random() % 2 == 0;
    timeline.add(Event{Time(random() % 1'000'000), cut ? Event::Kind::cut : Event::Kind::brownout,
                       static_cast<std::uint32_t>(random() % 4), Duration(random() % 10'000)});
    expected += cut ? 2 : 1;
  }
  EXPECT_EQ(timeline.to_come(), expected);
  Time last{};
  std::size_t taken = 0;
  for (Time now{}; now < 2ms; now += 777ns)
    while (const auto step = timeline.take(now)) {
      EXPECT_GE(step->at, last);
      EXPECT_LE(step->at, now);
      EXPECT_GT(step->at, now - 777ns);  // as soon as it was due
      last = step->at;
      ++taken;
    }
  EXPECT_EQ(taken, expected);
}

TEST(Timeline, ClearedLeavesEveryLinkAsItShouldBe) {
  Timeline timeline(1);
  timeline.add(Event{1s, Event::Kind::cut, 0, 1s});
  take_all(timeline, 1s);
  timeline.clear();
  EXPECT_EQ(timeline.state(0), kGood);
  EXPECT_FALSE(timeline.next());
}
