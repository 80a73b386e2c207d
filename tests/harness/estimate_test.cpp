#include "harness/estimate.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

using namespace std::chrono_literals;

TEST(Estimate, TakesTheRunsOwnLimit) {
  Plan plan;
  plan.time_limit = 30min;
  EXPECT_EQ(estimate(plan, 1000), 30min + 5s);
}

TEST(Estimate, LaunchesShareTheRunsLimit) {
  Plan plan;
  plan.time_limit = 30min;
  plan.launches = 3;
  EXPECT_EQ(launch_time(plan), 10min);
  EXPECT_EQ(estimate(plan, 1000), 3 * (launch_time(plan) + 5s));
  plan.time_limit = 0s;
  EXPECT_EQ(launch_time(plan), 0s);
}

TEST(Estimate, CountsEveryVisitOfEveryRoundAndLaunch) {
  Plan plan;
  plan.rounds = 5;
  plan.launches = 2;
  plan.visit_time = 300ms;
  EXPECT_EQ(estimate(plan, 10), 2 * (5s + 50 * 500ms));
  plan.visit_time = 0ms;
  EXPECT_EQ(estimate(plan, 10), 2 * (5s + 50 * 700ms));
}

TEST(Estimate, AJobGetsAQuarterMoreInWholeMinutes) {
  EXPECT_EQ(job_time(8min, 2min), 12min);
  EXPECT_EQ(job_time(10s, 120s), 3min);
}

}  // namespace
}  // namespace longhaul
