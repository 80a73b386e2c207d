#include "harness/visit.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

using namespace std::chrono_literals;

TEST(StartTolerance, IsAShareOfTheSampleAboveAFloor) {
  EXPECT_EQ(start_tolerance(10ms, false), 200us);
  EXPECT_EQ(start_tolerance(100us, false), 20us);
  EXPECT_EQ(start_tolerance(100ms, true), 10ms);
  EXPECT_EQ(start_tolerance(1ms, true), 250us);
}

TEST(WanFelt, AsksForNineTenthsOfTheConfiguredDelay) {
  EXPECT_TRUE(wan_felt(10ms, 10200us));
  EXPECT_TRUE(wan_felt(10ms, 9us * 1000));
  EXPECT_FALSE(wan_felt(10ms, 100us));
  EXPECT_TRUE(wan_felt(0ms, 40us));
  EXPECT_TRUE(wan_felt(20us, 10us));  // too little to be told from nothing
}

TEST(LateRelease, IsPastTheLargerOfBothBounds) {
  EXPECT_FALSE(late_release(90us, 400us));
  EXPECT_TRUE(late_release(110us, 400us));
  EXPECT_FALSE(late_release(110us, 10ms));
  EXPECT_TRUE(late_release(210us, 10ms));
}

}  // namespace
}  // namespace longhaul
