#include "harness/watch/hold_ups.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

using namespace std::chrono_literals;

HoldUps::Time on_clock(Duration time) { return HoldUps::Time(time); }

TEST(HoldUps, ThatWereOverBeforeSomebodyBeganToWaitTakeNothingOfIt) {
  HoldUps held_up;
  for (auto minute = 0min; minute < 60min; ++minute) held_up.add(on_clock(minute), on_clock(minute + 30s));
  EXPECT_EQ(held_up.after(on_clock(60min)), 0s) << "after an hour of suspensions a deadline is what it was";
  EXPECT_EQ(held_up.after(on_clock(58min + 40s)), 30s);
  EXPECT_EQ(held_up.after(on_clock(57min + 50s)), 60s);
}

TEST(HoldUps, CountFromWhenTheWaitBegan) {
  HoldUps held_up;
  EXPECT_EQ(held_up.after(on_clock(0s)), 0s);
  held_up.add(on_clock(10s), on_clock(40s));
  EXPECT_EQ(held_up.after(on_clock(9s)), 30s);
  EXPECT_EQ(held_up.after(on_clock(25s)), 15s);
  EXPECT_EQ(held_up.after(on_clock(40s)), 0s);
}

}  // namespace
}  // namespace longhaul
