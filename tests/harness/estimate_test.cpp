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

TEST(Estimate, AFurtherLaunchTakesNoMoreThanAPlannedOneHad) {
  Plan plan;
  plan.time_limit = 1h;
  plan.launches = 3;
  EXPECT_EQ(further_launch_time(plan, 30min), 10min) << "three more, not one of half an hour";
  EXPECT_EQ(further_launch_time(plan, 28min), Duration(28min) / 3)
      << "what starting them took leaves no stump at the end";
  EXPECT_EQ(further_launch_time(plan, 12min), 12min);
  EXPECT_EQ(further_launch_time(plan, 20s), 20s);
  plan.time_limit = 1ns;
  EXPECT_EQ(further_launch_time(plan, 1ns), 1ns);
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
