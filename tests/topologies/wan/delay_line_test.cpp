#include "topologies/wan/delay_line.hpp"

#include <gtest/gtest.h>

#include <random>

using longhaul::wan::DelayLine;
using longhaul::wan::Duration;
using longhaul::wan::Time;
using namespace std::chrono_literals;

TEST(DelayLine, ReleasesEachItemWhenItIsDue) {
  DelayLine<int> line;
  EXPECT_EQ(line.push(10ms, 1), 10ms);
  EXPECT_EQ(line.push(10ms + 1ns, 2), 10ms + 1ns);
  EXPECT_EQ(line.next_due(), 10ms);
  EXPECT_EQ(line.pop(), 1);
  EXPECT_EQ(line.next_due(), 10ms + 1ns);
  EXPECT_EQ(line.pop(), 2);
  EXPECT_TRUE(line.empty());
}

TEST(DelayLine, ReleasesInOrderEvenWhenAShorterDelayWouldOvertake) {
  DelayLine<int> line;
  line.push(50ms, 1);
  EXPECT_EQ(line.push(11ms, 2), 50ms);  // sent at 1 ms with 10 ms after a first sent at 0 ms with 50 ms
  EXPECT_EQ(line.pop(), 1);
  EXPECT_EQ(line.next_due(), 50ms);
  EXPECT_EQ(line.pop(), 2);
}

TEST(DelayLine, ForgetsTheOldDelayOnceItHasRunEmpty) {
  DelayLine<int> line;
  line.push(50ms, 1);
  line.pop();
  EXPECT_EQ(line.push(20ms, 2), 20ms);
}

TEST(DelayLine, ReleasesInOrderOfEntryAndNeverEarlyUnderRandomDelays) {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<int> gap(0, 1000), delay(0, 100'000);
  DelayLine<int> line;
  std::vector<Time> asked;
  Time now{};
  Time last_release{};
  int expected = 0;
  for (int i = 0; i < 20'000; ++i) {
    now += Duration(gap(random));
    for (; !line.empty() && line.next_due() <= now; ++expected) {
      const auto due = line.next_due();
      EXPECT_GE(due, asked[static_cast<std::size_t>(expected)]);
      EXPECT_GE(due, last_release);
      last_release = due;
      ASSERT_EQ(line.pop(), expected);
    }
    asked.push_back(now + Duration(delay(random)));
    line.push(asked.back(), i);
  }
  EXPECT_GT(expected, 19'000);
  EXPECT_EQ(line.size(), static_cast<std::size_t>(20'000 - expected));
}
