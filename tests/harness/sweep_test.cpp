#include "harness/sweep.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

namespace longhaul {
namespace {

using namespace std::chrono_literals;

/// Two points, each visited twice in each of two launches.
Plan small_plan() {
  Plan plan;
  plan.collective = {Operation::all_reduce};
  plan.size = {Bytes{16}, Bytes{64}};
  plan.rounds = 2;
  plan.launches = 2;
  return plan;
}

std::vector<Point> points_of(const Plan& plan) { return expand(plan, 4, "", "mpi"); }

/// A file in which a launch has visited the first so many points of the first round.
Results after_visits(const Plan& plan, int visits, int slot, const std::string& ended) {
  Results stored;
  stored.launches.resize(1);
  stored.launches.front().slot = slot;
  stored.launches.front().ended = ended;
  for (const auto& point : points_of(plan)) {
    PointRow row;
    row.point = static_cast<std::int32_t>(stored.points.size());
    row.key = point.key();
    stored.points.push_back(row);
  }
  for (int visit = 0; visit < visits; ++visit) {
    VisitRow row;
    row.visit = row.point = visit;
    stored.visits.push_back(row);
  }
  return stored;
}

int slot_after(const Plan& plan, const Results& stored) { return next_slot(plan, points_of(plan), stored); }

TEST(NextSlot, OfAnEmptyFileIsTheFirst) { EXPECT_EQ(slot_after(small_plan(), {}), 0); }

TEST(NextSlot, IsTheOneThatWasCutOff) {
  const auto plan = small_plan();
  EXPECT_EQ(slot_after(plan, after_visits(plan, 1, 0, "interrupted")), 0);
  EXPECT_EQ(slot_after(plan, after_visits(plan, 1, 0, "")), 0);  // killed
}

TEST(NextSlot, OneThatTheTimeLimitEndedIsOver) {
  const auto plan = small_plan();
  EXPECT_EQ(slot_after(plan, after_visits(plan, 1, 0, "time")), 1);
  EXPECT_EQ(slot_after(plan, after_visits(plan, 1, 1, "time")), 1);  // the last one planned may have more time
}

TEST(NextSlot, TimeThatWentToOtherPointsDoesNotCount) {
  const auto plan = small_plan();
  EXPECT_EQ(slot_after(plan, after_visits(plan, 0, 0, "time")), 0);
}

TEST(NextSlot, IsNoneWhenAllRoundsOfAllLaunchesAreThere) {
  auto plan = small_plan();
  plan.rounds = 1;
  EXPECT_EQ(slot_after(plan, after_visits(plan, 2, 0, "done")), 1);
  EXPECT_EQ(slot_after(plan, after_visits(plan, 2, 1, "done")), -1);
}

TEST(NextSlot, AVisitWhoseWanWasNotFeltIsStillToBeHad) {
  auto plan = small_plan();
  plan.rounds = plan.launches = 1;
  auto stored = after_visits(plan, 2, 0, "done");
  EXPECT_EQ(slot_after(plan, stored), -1);
  stored.visits.back().flags |= flag_wan_not_felt;
  EXPECT_EQ(slot_after(plan, stored), 0);
}

/// Two settings of a process, and one that takes none of its own.
Plan plan_of_two_environments() {
  auto plan = small_plan();
  plan.rounds = plan.launches = 1;
  plan.size = {Bytes{16}};
  plan.backend = "nccl";
  plan.nccl = {"default", "NCCL_BUFFSIZE=8388608", "graph", "graph+NCCL_BUFFSIZE=8388608"};
  return plan;
}

TEST(NextSlot, GivesEachEnvironmentLaunchesOfItsOwn) {
  auto plan = plan_of_two_environments();
  const auto points = expand(plan, 4, "", "nccl");
  EXPECT_EQ(starts(plan), 2);
  EXPECT_EQ(environment_of(plan, 0), "");
  EXPECT_EQ(environment_of(plan, 1), "NCCL_BUFFSIZE=8388608");
  EXPECT_EQ(points_in(plan, 1, points).size(), 2u);
  Results stored;
  stored.launches.resize(1);
  for (const auto& point : points_in(plan, 0, points)) {
    PointRow row;
    row.point = static_cast<std::int32_t>(stored.points.size());
    row.key = point.key();
    VisitRow visit;
    visit.visit = visit.point = row.point;
    stored.points.push_back(row);
    stored.visits.push_back(visit);
  }
  EXPECT_EQ(next_slot(plan, points, stored), 1) << "what the first cannot measure is the second's";
  plan.launches = 2;
  EXPECT_EQ(launch_of(plan, 1), 0);
  EXPECT_EQ(launch_of(plan, 2), 1) << "environments take turns";
}

TEST(NextSlot, TakesAllPointsOfAPattern) {
  auto plan = small_plan();
  plan.pattern = {"pairwise"};
  const auto points = points_of(plan);
  EXPECT_EQ(points_in(plan, 0, points).size(), points.size());
  EXPECT_EQ(next_slot(plan, points, {}), 0);
}

TEST(NextSlot, PassesOverEnvironmentsWithNothingToMeasure) {
  auto plan = plan_of_two_environments();
  plan.launches = 2;
  auto points = expand(plan, 4, "", "nccl");
  std::erase_if(points, [](const Point& point) { return !point.settings.ends_with("=8388608"); });
  EXPECT_EQ(next_slot(plan, points, {}), 1);
}

/// How the store says that a launch ended whose first visit is asked for so late.
std::string ending(Duration elapsed, bool interrupted) {
  auto plan = small_plan();
  plan.time_limit = 10s;
  const auto folder = std::filesystem::temp_directory_path() / ("longhaul-sweep-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  std::string ended;
  {
    Store store(folder / "sweep.h5", false);
    const int launch = store.begin_launch({}, {}, {});
    Sweep sweep(plan, points_of(plan), store, launch, 0, {4});
    sweep.next(elapsed);
    sweep.end(interrupted);
    ended = read_results(folder / "sweep.h5").launches.back().ended;
  }
  std::filesystem::remove_all(folder);
  return ended;
}

TEST(Sweep, KeepsHowALaunchEnded) {
  EXPECT_EQ(ending(11s, false), "time");
  EXPECT_EQ(ending(1s, true), "interrupted");
  EXPECT_EQ(ending(1s, false), "done");
}

TEST(Sweep, TakesNothingFromAVisitWhoseWanWasNotFelt) {
  auto plan = small_plan();
  plan.size = {Bytes{16}};
  plan.rounds = 1;
  const auto folder = std::filesystem::temp_directory_path() / ("longhaul-unfelt-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  {
    Store store(folder / "sweep.h5", false);
    Sweep sweep(plan, points_of(plan), store, store.begin_launch({}, {}, {}), 0, {4});
    VisitRecord record;
    record.row.flags = flag_wan_not_felt;
    record.row.median = 0.25;
    record.samples = {{0, 0.25, 0, 0}, {0, 0.25, 0, 0}, {0, 0.25, 0, 0}};
    sweep.finish(sweep.next(0s), record, 1s);
    sweep.end(false);
  }
  const auto stored = read_results(folder / "sweep.h5");
  EXPECT_EQ(stored.visits.size(), 1u);
  EXPECT_EQ(stored.points.front().samples, 0);
  EXPECT_TRUE(std::isnan(stored.points.front().median));
  std::filesystem::remove_all(folder);
}

TEST(Sweep, TellsAVisitWhatTheOneBeforeTook) {
  auto plan = small_plan();
  plan.size = {Bytes{16}};
  const auto folder = std::filesystem::temp_directory_path() / ("longhaul-usual-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  {
    Store store(folder / "sweep.h5", false);
    Sweep sweep(plan, points_of(plan), store, store.begin_launch({}, {}, {}), 0, {4});
    const auto first = sweep.next(0s);
    EXPECT_EQ(first.usual, 0);
    VisitRecord record;
    record.row.median = 0.25;
    sweep.finish(first, record, 1s);
    EXPECT_EQ(sweep.next(1s).usual, 0.25);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace longhaul
