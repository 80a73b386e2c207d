#include "topologies/wan/lateness.hpp"

#include <gtest/gtest.h>

using longhaul::wan::Duration;
using longhaul::wan::Lateness;
using namespace std::chrono_literals;

TEST(Lateness, IsZeroWithoutReleases) {
  const Lateness lateness;
  EXPECT_EQ(lateness.count(), 0u);
  EXPECT_EQ(lateness.quantile(0.5), 0ns);
  EXPECT_EQ(lateness.max(), 0ns);
}

TEST(Lateness, CountsEarlyReleasesAsOnTime) {
  Lateness lateness;
  lateness.add(-5us);
  EXPECT_EQ(lateness.count(), 1u);
  EXPECT_EQ(lateness.max(), 0ns);
}

TEST(Lateness, IsExactForSmallValues) {
  Lateness lateness;
  for (int i = 1; i <= 60; ++i) lateness.add(Duration(i));
  EXPECT_EQ(lateness.quantile(0.5), 30ns);
  EXPECT_EQ(lateness.quantile(1.0), 60ns);
}

TEST(Lateness, KeepsQuantilesWithinAThirtySecond) {
  Lateness lateness;
  for (int i = 1; i <= 100'000; ++i) lateness.add(Duration(i * 100));  // 0.1 µs … 10 ms, evenly
  for (const double share : {0.01, 0.25, 0.5, 0.9, 0.99}) {
    const double exact = share * 1e7;
    const auto found = static_cast<double>(lateness.quantile(share).count());
    EXPECT_GE(found, exact * 0.999) << share;
    EXPECT_LE(found, exact * (1 + 1.0 / 32) + 100) << share;
  }
  EXPECT_EQ(lateness.max(), 10ms);
}

TEST(Lateness, NeverReportsAQuantileAboveTheMaximum) {
  Lateness lateness;
  lateness.add(100'001ns);
  EXPECT_EQ(lateness.quantile(0.99), 100'001ns);
  lateness.add(std::chrono::hours(5));  // beyond the last bucket
  EXPECT_EQ(lateness.quantile(1.0), std::chrono::hours(5));
}

TEST(Lateness, StartsAnewAfterReset) {
  Lateness lateness;
  lateness.add(1ms);
  lateness.reset();
  EXPECT_EQ(lateness.count(), 0u);
  EXPECT_EQ(lateness.max(), 0ns);
  EXPECT_EQ(lateness.quantile(0.5), 0ns);
}
