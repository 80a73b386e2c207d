#include "harness/time_source.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

TEST(TimeSource, IsOffByItsOffset) {
  const TimeSource plain, ahead(5s, 0);
  const auto difference = ahead.now() - plain.now();
  EXPECT_NEAR(seconds(difference), 5.0, 0.01);
}

TEST(TimeSource, WaitsUntilItsOwnTimeAndNoEarlier) {
  for (const bool spin : {false, true}) {
    const TimeSource source(-3s, 50e-6);
    const auto target = source.now() + 2ms;
    const auto reached = source.wait_until(target, spin);
    EXPECT_GE(reached, target);
    EXPECT_GE(source.now(), target);
  }
}

TEST(TimeSource, ReturnsAtOnceWhenTheTargetHasPassed) {
  const TimeSource source;
  const auto before = source.now();
  EXPECT_GE(source.wait_until(before - 1s, false), before);
}

TEST(TimeSource, TakesEachRanksClockFromTheTestVariable) {
  setenv("LONGHAUL_TEST_CLOCK", "1:5:0,2:-5:50", 1);
  EXPECT_NEAR(seconds(TimeSource::for_rank(1).now() - TimeSource().now()), 5, 0.01);
  EXPECT_NEAR(seconds(TimeSource::for_rank(2).now() - TimeSource().now()), -5, 0.01);
  EXPECT_NEAR(seconds(TimeSource::for_rank(3).now() - TimeSource().now()), 0, 0.01);
  setenv("LONGHAUL_TEST_CLOCK", "one:two", 1);
  EXPECT_THROW(TimeSource::for_rank(1), UsageError);
  unsetenv("LONGHAUL_TEST_CLOCK");
}

}  // namespace
}  // namespace longhaul
