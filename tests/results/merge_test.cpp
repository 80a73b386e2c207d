#include "results/merge.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "gate_sample.hpp"
#include "results/integrity.hpp"
#include "results/replication.hpp"
#include "sample_results.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

Results with_ids(Results results, const std::string& prefix) {
  for (auto& launch : results.launches) launch.id = prefix + std::to_string(launch.launch);
  return results;
}

TEST(Merge, JoinsLaunchesAndMatchesPointsByKey) {
  const auto a = with_ids(sample::results(), "a"), b = with_ids(sample::results(), "b");
  const auto joined = merge({a, b});
  EXPECT_EQ(first_inconsistency(joined), "");
  EXPECT_EQ(joined.launches.size(), 4u);
  EXPECT_EQ(joined.points.size(), 72u);
  EXPECT_EQ(joined.visits.size(), a.visits.size() + b.visits.size());
  EXPECT_EQ(joined.samples.size(), a.samples.size() + b.samples.size());
  EXPECT_EQ(joined.links.size(), a.links.size() + b.links.size());
  EXPECT_EQ(joined.points[0].launches, 4);
  EXPECT_EQ(joined.points[0].samples, 2 * a.points[0].samples);
  EXPECT_DOUBLE_EQ(joined.points[0].median, a.points[0].median) << "the same samples twice";
  EXPECT_EQ(joined.wan.size(), a.wan.size());
  EXPECT_EQ(replication_of_points(joined)[0].launches.size(), 4u);
}

TEST(Merge, CountsALaunchThatTwoFilesHoldOnce) {
  const auto a = with_ids(sample::results(), "a");
  const auto joined = merge({a, a});
  EXPECT_EQ(joined.launches.size(), 2u);
  EXPECT_EQ(joined.visits.size(), a.visits.size());
}

TEST(Merge, KeepsPointsThatOnlyOneFileHas) {
  auto b = with_ids(sample::results(), "b");
  b.points[5].key = "another";
  const auto joined = merge({with_ids(sample::results(), "a"), b});
  EXPECT_EQ(joined.points.size(), 73u);
  EXPECT_EQ(joined.points.back().key, "another");
  EXPECT_EQ(joined.points.back().launches, 2);
}

TEST(Merge, RefusesOneKeyForDifferentBytes) {
  auto b = with_ids(sample::results(), "b");
  b.points[0].moved += 4;
  EXPECT_THROW(merge({with_ids(sample::results(), "a"), b}), UsageError);
}

TEST(Merge, RefusesOneKeyUnderOtherConditions) {
  for (const auto change :
       {+[](LaunchRow& launch) { launch.topology = "another"; },
        +[](LaunchRow& launch) { launch.topology_text += " "; }, +[](LaunchRow& launch) { launch.scale = 7; },
        +[](LaunchRow& launch) { launch.scale = uncapped_scale; },
        +[](LaunchRow& launch) { launch.wan_engine = "none"; }}) {
    auto b = with_ids(sample::results(), "b");
    for (auto& launch : b.launches) change(launch);
    EXPECT_THROW(merge({with_ids(sample::results(), "a"), b}), UsageError);
    for (auto& point : b.points) point.key += "/apart";
    EXPECT_NO_THROW(merge({with_ids(sample::results(), "a"), b}));
  }
}

/// A collective puts 0.5 MB on the link: half of 1 GB/s in 1 ms, a sixth in 3 ms; over both files half of it in 2 ms.
TEST(Merge, KeepsWhatACollectivePutsOnTheLinkUnderTheJointMedian) {
  const auto file = [](double time, const std::string& id) {
    auto run = with_ids(run_of({time}, 1), id);
    run.points[0].wire_rate = 0.5e6 / time;
    run.points[0].wire_limit = 1e9;
    return run;
  };
  auto silent = file(1e-3, "b");
  silent.points[0].wire_rate = unknown_value;
  for (const auto& first : {file(1e-3, "a"), silent}) {
    const auto joined = merge({first, file(3e-3, "c")}).points[0];
    EXPECT_NEAR(joined.wire_rate * joined.median, 0.5e6, 0.02e6);
    EXPECT_DOUBLE_EQ(joined.wire_limit, 1e9);
  }
}

/// Two shards: points of their own, and one that the second was to measure and did not.
TEST(Merge, LeavesAPointAsItIsWhereOneFileHoldsAllItsVisits) {
  const auto shard = [](const std::string& name) {
    auto run = with_ids(sample::results(), name);
    for (auto& point : run.points) {
      point.key += "/" + name;
      point.reason = "time";
      point.ci_low = 0.5 * point.median;
    }
    return run;
  };
  auto a = shard("a"), b = shard("b");
  b.points.push_back(a.points[3]);
  b.points.back().point = static_cast<std::int32_t>(b.points.size()) - 1;
  b.points.back().median = unknown_value;
  for (const auto& joined : {merge({a, b}), merge({b, a})})
    for (const auto& point : a.points) {
      const auto& same = *std::ranges::find(joined.points, point.key, &PointRow::key);
      EXPECT_EQ(same.reason, "time");
      EXPECT_DOUBLE_EQ(same.median, point.median);
      EXPECT_DOUBLE_EQ(same.ci_low, point.ci_low);
      EXPECT_EQ(same.converged, point.converged);
    }
}

Results planned(Results results, const std::string& id, const std::string& plan) {
  results = with_ids(std::move(results), id);
  for (auto& launch : results.launches) launch.plan_text = plan;
  return results;
}

TEST(Merge, AsksForThePrecisionAndTheConfidenceOfThePlan) {
  const auto joined = [](const std::string& plan) {
    return merge({planned(run_of({1e-3}, 5, 0.01), "a", plan), planned(run_of({1e-3}, 5, 0.01, 2), "b", plan)})
        .points[0];
  };
  const auto loose = joined("precision: 0.05\nconfidence: 0.95\nrounds: 1\n");
  EXPECT_EQ(loose.converged, 1);
  EXPECT_EQ(loose.reason, "converged");
  EXPECT_EQ(joined("precision: 0.001\nconfidence: 0.95\nrounds: 1\n").converged, 0);
  const auto sure = joined("precision: 0.05\nconfidence: 0.99\nrounds: 1\n");
  EXPECT_DOUBLE_EQ(sure.confidence, 0.99);
  EXPECT_GT(sure.ci_high - sure.ci_low, loose.ci_high - loose.ci_low);
}

TEST(Merge, SpendsItsErrorOverTheLooksOfAllFiles) {
  const auto width = [](int rounds) {
    const auto plan = fmt::format("precision: 0.05\nconfidence: 0.95\nrounds: {}\n", rounds);
    const auto point =
        merge({planned(run_of({1e-3}, 5, 0.01), "a", plan), planned(run_of({1e-3}, 5, 0.01, 2), "b", plan)}).points[0];
    EXPECT_DOUBLE_EQ(point.confidence, 0.95);
    return point.ci_high - point.ci_low;
  };
  EXPECT_GT(width(6), 1.01 * width(0)) << "twelve looks against none that is known of";
}

TEST(Merge, KeepsTheReasonOfAPointThatIsNotPreciseTogetherEither) {
  auto a = planned(run_of({1e-3}, 2, 0.2), "a", "precision: 0.01\n"), b = planned(a, "b", "precision: 0.01\n");
  for (auto* file : {&a, &b}) file->points[0].reason = "time";
  EXPECT_EQ(merge({a, b}).points[0].reason, "time");
}

TEST(Merge, GivesImportedPointsTheReplicationTheyLack) {
  auto imported = run_of({1e-3}, 1);
  imported.visits[0].sample_count = 0;
  imported.samples.clear();
  auto other = imported;
  imported.launches[0].id = "a";
  other.launches[0].id = "b";
  other.visits[0].median = 3e-3;
  const auto joined = merge({imported, other});
  EXPECT_EQ(joined.points[0].samples, 0);
  EXPECT_EQ(replication_of_points(joined)[0].launches.size(), 2u);
}

}  // namespace
}  // namespace longhaul
