#include "results/comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "golden.hpp"
#include "results/comparison_output.hpp"
#include "sample_results.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

using testing::HasSubstr;

/// The sample with the times of points that `is` picks multiplied.
template <class Is>
Results slowed(double factor, Is is) {
  auto results = sample::results();
  for (auto& visit : results.visits) {
    if (!is(results.points[static_cast<std::size_t>(visit.point)])) continue;
    visit.median *= factor;
    for (std::int64_t i = 0; i < visit.sample_count; ++i)
      results.samples[static_cast<std::size_t>(visit.first_sample + i)].duration *= factor;
  }
  for (auto& point : results.points)
    if (is(point)) point.median *= factor;
  return results;
}

bool is_large(const PointRow& point) { return point.size == 16 << 20; }

Comparison compare_two(const Results& a, const Results& b, ComparisonOptions options = {}) {
  return compare({{"a.h5", &a}, {"b.h5", &b}}, options);
}

TEST(Compare, FindsNothingBetweenAFileAndItself) {
  const auto results = sample::results();
  const auto pair = compare_two(results, results).pairs.front();
  EXPECT_EQ(pair.points.size(), 72u);
  EXPECT_EQ(count(pair, ComparisonVerdict::slower) + count(pair, ComparisonVerdict::faster), 0u);
  EXPECT_TRUE(pair.provenance.empty());
}

TEST(Compare, NamesThePointsThatAreTwiceAsSlowAndNoOther) {
  const auto base = sample::results(), other = slowed(2, is_large);
  const auto pair = compare_two(base, other).pairs.front();
  for (const auto& point : pair.points) {
    EXPECT_EQ(point.verdict == ComparisonVerdict::slower, is_large(point.base)) << point.base.key;
    EXPECT_NE(point.verdict, ComparisonVerdict::faster);
    if (is_large(point.base)) {
      EXPECT_DOUBLE_EQ(point.ratio, 2);
      EXPECT_GT(point.low, 1);
    }
  }
  const auto reversed = compare_two(other, base);
  for (const auto& point : reversed.pairs.front().points)
    EXPECT_EQ(point.verdict == ComparisonVerdict::faster, is_large(point.base));
}

TEST(Compare, TakesADifferenceWithinTheMarginForNone) {
  const auto base = sample::results(), other = slowed(2, is_large);
  const auto pair = compare_two(base, other, {.margin = 1.0 + 1e-9}).pairs.front();
  EXPECT_EQ(count(pair, ComparisonVerdict::slower), 0u);
}

TEST(Compare, ResamplesLaunchesWhereThereAreTwoAndSaysSoOfRounds) {
  auto one = sample::results();
  for (auto& visit : one.visits) visit.launch = 0;
  const auto two = sample::results();
  EXPECT_EQ(compare_two(two, two).pairs.front().level, Level::launches);
  const auto comparison = compare_two(one, two);
  const auto& pair = comparison.pairs.front();
  EXPECT_EQ(pair.level, Level::rounds);
  EXPECT_EQ(pair.least_units, 4);
  EXPECT_THAT(comparison_table(comparison, false), HasSubstr("what differs from launch to launch is not in the"));
}

TEST(Compare, ListsWhatIsInOneFileOnly) {
  const auto base = sample::results();
  auto other = base;
  other.points[3].key = "another";
  const auto pair = compare_two(base, other).pairs.front();
  ASSERT_EQ(pair.only_in_base.size(), 1u);
  EXPECT_EQ(pair.only_in_base[0].key, base.points[3].key);
  EXPECT_EQ(pair.only_in_other[0].key, "another");
}

TEST(Compare, SaysWhichAxesKeepTwoFilesApart) {
  const auto base = sample::results();
  auto other = base;
  for (auto& point : other.points) {
    point.ranks = 8;
    point.key += "/8";
  }
  try {
    compare_two(base, other);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "a.h5 and b.h5 have no point in common; a point is matched by all its axes, and these differ: ranks "
                 "(4 / 8)");
  }
}

TEST(Compare, NamesTheAxesThatAreNoCollectivesOwnToo) {
  const auto base = sample::results();
  auto other = base;
  for (auto& point : other.points) {
    point.in_place = 1;
    point.settings = "graph";
    point.load = 8;
    point.size = 3;
    point.key += "/other";
  }
  const auto why = what_keeps_apart({"a.h5", &base}, {"b.h5", &other});
  for (const char* axis : {"in-place (false / true)", "settings (default / graph)", "load (none / 8)", "size ("})
    EXPECT_THAT(why, HasSubstr(axis));
  EXPECT_EQ(what_keeps_apart({"a.h5", &base}, {"b.h5", &base}), "");
}

TEST(Compare, DoesNotSayThatUnitsWouldFindWhatMoreWouldBeNeededFor) {
  auto base = sample::results(), other = base;
  for (auto* results : {&base, &other})  // a launch strays by a factor of a hundred
    for (auto& visit : results->visits)
      for (std::int64_t i = 0; i < visit.sample_count; ++i)
        results->samples[static_cast<std::size_t>(visit.first_sample + i)].duration *= visit.launch == 0 ? 1 : 100;
  const auto comparison = compare_two(base, other);
  EXPECT_EQ(comparison.pairs.front().units_needed, -1);
  EXPECT_THAT(comparison_table(comparison, false), HasSubstr("more than 1000 launches a file would be needed for 5 %"));
}

TEST(Compare, ConcludesNothingFromWrongData) {
  const auto base = sample::results();
  auto other = slowed(2, is_large);
  for (auto& point : other.points) point.wrong = is_large(point) ? 3 : 0;
  const auto pair = compare_two(base, other).pairs.front();
  EXPECT_EQ(count(pair, ComparisonVerdict::slower), 0u);
  EXPECT_EQ(pair.points[5].note, "wrong data in the other");
}

TEST(Compare, CorrectsForThePointsOfAllFiles) {
  const auto base = sample::results(), other = slowed(2, is_large);
  const auto comparison = compare({{"a", &base}, {"b", &base}, {"c", &other}}, {});
  EXPECT_EQ(comparison.tests, 144u);
  EXPECT_EQ(count(comparison.pairs[1], ComparisonVerdict::slower), 12u);
}

TEST(Compare, ShowsTheRatioOfOneValueAFileButConcludesNothing) {
  auto base = sample::results(), other = slowed(2, is_large);
  for (auto* results : {&base, &other}) {
    results->visits.resize(72);
    results->samples.resize(std::size_t{72} * sample::samples_per_visit);
  }
  const auto comparison = compare_two(base, other);
  const auto& pair = comparison.pairs.front();
  EXPECT_EQ(count(pair, ComparisonVerdict::ambiguous), 72u);
  EXPECT_EQ(pair.points[5].note, "no repetition in the base, no repetition in the other");
  EXPECT_NEAR(pair.points[5].ratio, 2, 1e-9);
  EXPECT_THAT(comparison_table(comparison, false), HasSubstr("nothing can be told"));
}

TEST(ProvenanceDifferences, NameVariablesOneByOne) {
  const auto a = sample::results();
  auto b = a;
  for (auto& launch : b.launches) {
    launch.environment = "OMPI_MCA_btl=tcp,vader,self\nOMPI_MCA_btl_tcp_links=4\n";
    launch.congestion_control = "bbr";
    launch.started = "2026-04-01T00:00:00Z";
  }
  std::string text;
  for (const auto& row : provenance_differences(a, b)) text += row.what + ": " + row.a + " / " + row.b + "\n";
  EXPECT_EQ(text,
            "congestion control: cubic / bbr\nOMPI_MCA_btl_tcp_links: – / 4\nOMPI_MCA_mpi_yield_when_idle: 1 / –\n");
}

TEST(ProvenanceDifferences, SeeATopologyThatChangedUnderItsName) {
  const auto a = sample::results();
  auto b = a;
  for (auto& launch : b.launches) launch.topology_text += "# longer\n";
  ASSERT_EQ(provenance_differences(a, b).size(), 1u);
  EXPECT_EQ(provenance_differences(a, b)[0].what, "topology's text");
}

/// What the golden files show: a slower file of another library with a point of its own.
Comparison shown() {
  static const auto base = sample::results();
  static const auto other = [] {
    auto results = slowed(1.5, is_large);
    for (auto& launch : results.launches) launch.library = "Open MPI v5.0.7, btl tcp,sm,self";
    results.points[0].key = "all_reduce/flat/float32/sum/out-of-place/latency/32/native/mpi/4/2a,2b";
    return results;
  }();
  return compare_two(base, other);
}

TEST(ComparisonOutput, TableIsAsTheGoldenFile) { expect_golden("comparison.txt", comparison_table(shown(), false)); }
TEST(ComparisonOutput, MarkdownIsAsTheGoldenFile) { expect_golden("comparison.md", comparison_markdown(shown())); }
TEST(ComparisonOutput, CsvIsAsTheGoldenFile) { expect_golden("comparison.csv", comparison_csv(shown())); }

TEST(ComparisonOutput, JsonSaysTheSameAsTheComparison) {
  const auto comparison = shown();
  const auto document = nlohmann::json::parse(comparison_json(comparison));
  const auto& pair = document["comparisons"][0];
  ASSERT_EQ(pair["points"].size(), comparison.pairs[0].points.size());
  for (std::size_t i = 0; i < pair["points"].size(); ++i)
    EXPECT_EQ(pair["points"][i]["verdict"], name_of(comparison.pairs[0].points[i].verdict));
  EXPECT_EQ(document["correction"], "Holm");
  EXPECT_EQ(pair["only_in_other"].size(), 1u);
}

}  // namespace
}  // namespace longhaul
