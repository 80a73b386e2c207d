#include "harness/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Sizes, GeometricRangeEndsAtOrBelowItsLast) {
  EXPECT_THAT(parse_sizes("16B:16MiB:x16"),
              ElementsAre(Bytes{16}, Bytes{256}, Bytes{4096}, Bytes{65536}, Bytes{1048576}, Bytes{16777216}));
  EXPECT_THAT(parse_sizes("16B:100B:x4"), ElementsAre(Bytes{16}, Bytes{64}));
}

TEST(Sizes, ArithmeticRangeAndListsMix) {
  EXPECT_THAT(parse_sizes("0B,1MiB:3MiB:+1MiB"), ElementsAre(Bytes{0}, Bytes{1 << 20}, Bytes{2 << 20}, Bytes{3 << 20}));
}

TEST(Sizes, BadRangesSayWhatIsExpected) {
  EXPECT_THAT(failure_of([] { parse_sizes("1MiB:16B:x4"); }), HasSubstr("runs backwards"));
  EXPECT_THAT(failure_of([] { parse_sizes("16B:1MiB:x1"); }), HasSubstr("factor ≥ 2"));
  EXPECT_THAT(failure_of([] { parse_sizes("0B:1MiB:x4"); }), HasSubstr("first > 0"));
  EXPECT_THAT(failure_of([] { parse_sizes("16B:1MiB:+0B"); }), HasSubstr("step of 0 B"));
  EXPECT_THAT(failure_of([] { parse_sizes("1:2:3:4"); }), HasSubstr("FIRST:LAST"));
}

TEST(Plan, SurvivesTheWayThroughItsOwnYaml) {
  const auto plan = parse_plan(
      "collective: [all_reduce, all_gather]\nalgorithm: flat,hierarchical\nsize: 16B:1MiB:x16\n"
      "wan_rtt: [native, +10ms]\nin_place: [false, true]\nfor: 90 s\nprecision: 2 %\nseed: 7\n"
      "lab: {hosts_per_site: 3, scale: '1:500', gateway: tun}\n",
      "test");
  const auto text = to_yaml(plan);
  EXPECT_EQ(text, to_yaml(parse_plan(text, "again")));
  EXPECT_THAT(plan.collective, ElementsAre(Operation::all_reduce, Operation::all_gather));
  EXPECT_THAT(plan.wan_rtt, ElementsAre("native", "+10ms"));
  EXPECT_EQ(plan.time_limit, std::chrono::seconds(90));
  EXPECT_DOUBLE_EQ(plan.precision, 0.02);
  EXPECT_EQ(plan.lab.hosts_per_site, 3);
  EXPECT_EQ(plan.lab.scale, "1:500");
  EXPECT_EQ(plan.lab.gateway, "tun");
}

TEST(Plan, KeepsItsEventsAndWhatImposesTheWan) {
  const auto plan = parse_plan(
      "size: 1MiB\nwan: plugin\nvisit_time: 60 s\nevents:\n  - {at: 20 s, cut: a-b, protection: 50 ms}\n"
      "  - {at: 30 s, brownout: a-b, rate: 10 %}\n",
      "test");
  EXPECT_EQ(plan.wan, "plugin");
  ASSERT_EQ(plan.events.size(), 2u);
  const auto text = to_yaml(plan);
  EXPECT_EQ(text, to_yaml(parse_plan(text, "again")));
  EXPECT_THAT(text, HasSubstr("- {at: '20 s', cut: 'a-b', protection: '50 ms'}"));
}

TEST(Plan, UnevenSizesAreKeptExactly) {
  const auto plan = parse_plan("size: 1234567 B\n", "test");
  EXPECT_THAT(parse_plan(to_yaml(plan), "again").size, ElementsAre(Bytes{1234567}));
}

TEST(Plan, ErrorsNameFileLineColumnAndWhatIsMeant) {
  EXPECT_THAT(failure_of([] { parse_plan("round: 3\n", "my.yaml"); }), HasSubstr("my.yaml:1:1"));
  EXPECT_THAT(failure_of([] { parse_plan("round: 3\n", "my.yaml"); }), HasSubstr("rounds"));
  EXPECT_THAT(failure_of([] { parse_plan("size: 16B\ncollective: [all_reduse]\n", "my.yaml"); }),
              HasSubstr("my.yaml:2:"));
  EXPECT_THAT(failure_of([] { parse_plan("collective: [all_reduse]\n", "my.yaml"); }), HasSubstr("all_reduce"));
  EXPECT_THAT(failure_of([] { parse_plan("for: 90\n", "my.yaml"); }), HasSubstr("my.yaml:1:"));
}

TEST(Plan, ValuesNoRunCanHaveAreRefused) {
  const auto checked = [](auto change) {
    return failure_of([&] {
      Plan plan = parse_plan("size: 16B\n", "test");
      change(plan);
      check(plan);
    });
  };
  EXPECT_EQ(checked([](Plan&) {}), "no error");
  EXPECT_THAT(checked([](Plan& plan) { plan.launches = 0; }), HasSubstr("launches is 0"));
  EXPECT_THAT(checked([](Plan& plan) { plan.mode = {Mode::soak}; }), HasSubstr("--events FILE"));
  EXPECT_THAT(checked([](Plan& plan) { plan.rounds = 0; }), HasSubstr("rounds is 0"));
  EXPECT_THAT(checked([](Plan& plan) { plan.precision = 1.5; }), HasSubstr("precision is 1.5"));
  EXPECT_THAT(checked([](Plan& plan) { plan.confidence = 0.5; }), HasSubstr("confidence is 0.5"));
  EXPECT_THAT(checked([](Plan& plan) { plan.max_samples = 1; }), HasSubstr("min ≤ max"));
  EXPECT_THAT(checked([](Plan& plan) { plan.size.clear(); }), HasSubstr("names no size"));
}

TEST(Expand, MultipliesTheAxesAndLeavesOutWhatIsNotDefined) {
  Plan plan;
  plan.collective = {Operation::all_reduce, Operation::broadcast, Operation::all_to_all};
  plan.algorithm = {Algorithm::flat, Algorithm::hierarchical};
  plan.reduce_op = {ReduceOp::sum, ReduceOp::max};
  plan.in_place = {false, true};
  plan.size = {Bytes{16}};
  // all_reduce 2 algorithms × 2 ops × 2 places; broadcast flat, one op, 2 places; all_to_all flat, one op, out of
  // place.
  EXPECT_EQ(expand(plan, 4, "2a,2b", "mpi").size(), 8U + 2U + 1U);
}

TEST(Expand, RefusesAPlanOfNothing) {
  Plan plan;
  plan.collective = {Operation::broadcast};
  plan.algorithm = {Algorithm::hierarchical};
  plan.size = {Bytes{16}};
  EXPECT_THAT(failure_of([&] { check(plan); }), HasSubstr("no defined point"));
}

TEST(ShippedPlans, AreValid) {
  const auto plan = parse_plan("size: 16B\n", "test");
  EXPECT_EQ(plan.rounds, 5);
  const auto demo = load_plan(std::string(LONGHAUL_SOURCE_DIR) + "/harness/plans/quickstart.yaml");
  check(demo);
  EXPECT_EQ(expand(demo, 4, "2a,2b", "mpi").size(), 2U * 2U * 3U * 6U);
}

TEST(Plan, HasLoadAsAnAxis) {
  const auto plan = parse_plan("load: [none, 64]\nsize: 1KiB\n", "plan.yaml");
  const auto points = expand(plan, 2, "2a", "mpi");
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].load, 0U);
  EXPECT_EQ(points[1].load, 64U);
  EXPECT_EQ(parse_plan(to_yaml(plan), "again").load, plan.load);
  for (const char* bad : {"0", "-1", "64x", "1000001", ""})
    EXPECT_THAT(failure_of([&] { parse_load(bad); }), HasSubstr("expected none, or multiply-adds")) << bad;
}

TEST(Plan, VisitsOnlyThePointsThatAreNamed) {
  auto plan = parse_plan("size: [16 B, 1 KiB]\n", "plan.yaml");
  const auto all = expand(plan, 4, "2a,2b", "mpi");
  ASSERT_EQ(all.size(), 2u);
  plan.only = {all[1].key()};
  const auto again = expand(parse_plan(to_yaml(plan), "plan"), 4, "2a,2b", "mpi");
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].key(), all[1].key());
  plan.only = {"none"};
  EXPECT_THROW(expand(plan, 4, "2a,2b", "mpi"), UsageError);
}

}  // namespace
}  // namespace longhaul
