#include "results/acceptance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "results/acceptance_draft.hpp"
#include "results/gate.hpp"
#include "sample_pairs.hpp"
#include "sample_results.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

using testing::HasSubstr;

std::string error_of(const std::string& text) {
  try {
    parse_acceptance(text, "a.yaml");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

std::string spec_with(const std::string& rule) { return "rules:\n  - name: r\n" + rule; }

TEST(Acceptance, ReadsBoundsInTheirUnitsAndFiltersByAxis) {
  const auto spec = parse_acceptance(
      "title: t\nconfidence: 99%\naccept: [scaled]\nrules:\n"
      "  - name: r\n    source: a book\n    where: {collective: [all_reduce, all_gather], size: 64MiB.., wan: native}\n"
      "    require: {busbw: {at_least: 46 GB/s}, time: {at_most: 3 ms}, slowdown: {at_most: 5 %}, data: correct,\n"
      "              provenance: {library: \"NCCL*\"}, environment: {NCCL_ALGO: Ring}}\n",
      "a.yaml");
  EXPECT_DOUBLE_EQ(spec.confidence, 0.99);
  EXPECT_EQ(spec.accept, std::vector<std::string>{"scaled"});
  const auto& rule = spec.rules.at(0);
  EXPECT_EQ(rule.where, "a.yaml:5:5");
  EXPECT_EQ(rule.source, "a book");
  ASSERT_EQ(rule.bounds.size(), 3u);
  EXPECT_DOUBLE_EQ(rule.bounds[0].value, 3e-3);
  EXPECT_DOUBLE_EQ(rule.bounds[1].value, 46e9);
  EXPECT_TRUE(rule.bounds[1].at_least);
  EXPECT_DOUBLE_EQ(rule.bounds[2].value, 0.05);
  EXPECT_TRUE(rule.correct_data);
  PointRow point;
  point.operation = "all_gather";
  point.wan = "native";
  point.size = 64 << 20;
  EXPECT_TRUE(rule.filter.fits(point, {}));
  point.size -= 1;
  EXPECT_FALSE(rule.filter.fits(point, {}));
  point.size = 1 << 30;
  point.wan = "+10ms";
  EXPECT_FALSE(rule.filter.fits(point, {}));
}

TEST(Acceptance, SaysWhereAndWhatIsWrong) {
  EXPECT_THAT(error_of("rules: []\n"), HasSubstr("a.yaml:1:8: no rule"));
  EXPECT_THAT(error_of("rulez: []\n"), HasSubstr("did you mean 'rules'?"));
  EXPECT_THAT(error_of(spec_with("    require: {busbw: {at_least: 46 Gb}}\n")), HasSubstr("a.yaml:3:33: unknown unit"));
  EXPECT_THAT(error_of(spec_with("    require: {busbw: {above: 46 GB/s}}\n")), HasSubstr("unknown key 'above'"));
  EXPECT_THAT(error_of(spec_with("    require: {slowdown: {at_least: 5 %}}\n")), HasSubstr("expected one of at_most"));
  EXPECT_THAT(error_of(spec_with("    require: {busbw: {}}\n")), HasSubstr("no bound"));
  EXPECT_THAT(error_of(spec_with("    require: {time: {at_most: 0 s}}\n")), HasSubstr("expected more than 0"));
  EXPECT_THAT(error_of(spec_with("    require: {}\n")), HasSubstr("requires nothing"));
  EXPECT_THAT(error_of(spec_with("    where: {collective: all_reduse}\n    require: {data: correct}\n")),
              HasSubstr("did you mean 'all_reduce'?"));
  EXPECT_THAT(error_of(spec_with("    where: {size: 2MiB..1MiB}\n    require: {data: correct}\n")),
              HasSubstr("holds no size"));
  EXPECT_THAT(error_of(spec_with("    require: {data: correct}\n  - name: r\n    require: {data: correct}\n")),
              HasSubstr("a second rule is named 'r'"));
  EXPECT_THAT(error_of(spec_with("    where: {sites: two}\n    require: {data: correct}\n")),
              HasSubstr("bad sites 'two'"));
  EXPECT_THAT(error_of(spec_with("    where: {load: much}\n    require: {data: correct}\n")),
              HasSubstr("bad load 'much'"));
  EXPECT_THAT(error_of("confidence: 30%\n" + spec_with("    require: {data: correct}\n")), HasSubstr("expected 50 %"));
  EXPECT_THAT(error_of("accept: everything\n" + spec_with("    require: {data: correct}\n")),
              HasSubstr("expected one of doubles, scaled, plugin, flagged"));
}

TEST(Acceptance, TellsASoakFromUndisturbedPoints) {
  PointRow soak, other;
  soak.mode = "soak";
  other.mode = "throughput";
  const auto filter_of = [](const std::string& mode) {
    return parse_acceptance(spec_with("    where: {mode: " + mode + "}\n    require: {data: correct}\n"), "a.yaml")
        .rules.at(0)
        .filter;
  };
  EXPECT_TRUE(filter_of("soak").fits(soak, {}) && !filter_of("soak").fits(other, {}));
  EXPECT_TRUE(filter_of("throughput").fits(other, {}) && !filter_of("throughput").fits(soak, {}));
}

/// Of a collective that broke off nobody knows the type, nor the size it was at.
TEST(Acceptance, MatchesACollectiveThatBrokeOffWhereverItMayHaveBeen) {
  PointRow point;
  point.operation = "all_reduce";
  point.type = point.reduce_op = unknown_axis;
  point.mode = "throughput";
  point.ranks = 16;
  point.size = 1024;
  const auto fits = [&](const std::string& where) {
    return parse_acceptance(spec_with("    where: {" + where + "}\n    require: {data: correct}\n"), "a.yaml")
        .rules.at(0)
        .filter.fits(point, {});
  };
  EXPECT_TRUE(fits("collective: all_reduce, size: 4GiB, type: float64, reduce_op: max, in_place: true"));
  EXPECT_TRUE(fits("ranks: 16"));
  EXPECT_FALSE(fits("ranks: 8"));
  EXPECT_FALSE(fits("collective: all_gather"));
  EXPECT_FALSE(fits("mode: latency"));
  point.ranks = 0;
  EXPECT_TRUE(fits("ranks: 8")) << "not counted";
  point.type = "float32";
  EXPECT_FALSE(fits("size: 4GiB")) << "a point that is known";
}

TEST(Acceptance, ReadsEverySpecThatComesWithTheProgram) {
  int specs = 0;
  for (const auto& file : std::filesystem::directory_iterator(LONGHAUL_SOURCE_DIR "/results/acceptance")) {
    const auto spec = load_acceptance(file.path().string());
    for (const auto& rule : spec.rules)
      EXPECT_TRUE(rule.bounds.empty() || !rule.source.empty()) << file.path() << ": " << rule.name;
    ++specs;
  }
  EXPECT_GE(specs, 2);
}

TEST(AcceptanceDraft, IsASpecThatItsOwnRunDoesNotFail) {
  const auto run = sample::results();
  const auto spec = parse_acceptance(draft_acceptance(run, "sample \"one\".h5"), "draft");
  EXPECT_EQ(spec.rules.size(), 2 + 2 * 12u) << "provenance, data, and small and large of twelve curves";
  expect_acceptable(run, "sample", spec, {});
  EXPECT_NE(gate(spec, {"sample", &run, nullptr, 1}).verdict, GateVerdict::fail);
}

TEST(AcceptanceDraft, AsksNothingOfDataThatNoPointOfTheRunChecked) {
  auto pattern = sample::pairs({});
  for (auto& point : pattern.points) point.wrong = -1;
  pattern.launches[0].library = "Open MPI v4.1.4";
  const auto spec = parse_acceptance(draft_acceptance(pattern, "pairs.h5"), "draft");
  EXPECT_TRUE(std::ranges::none_of(spec.rules, &Rule::correct_data));
  auto run = sample::results();
  run.points[0].wrong = -1;
  const auto some = parse_acceptance(draft_acceptance(run, "some.h5"), "draft");
  EXPECT_EQ(std::ranges::count(some.rules, true, &Rule::correct_data), 1);
}

}  // namespace
}  // namespace longhaul
