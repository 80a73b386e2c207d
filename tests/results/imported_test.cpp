#include "results/imported.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>

#include "collectives/vocabulary.hpp"
#include "results/gate.hpp"
#include "results/imported_lines.hpp"
#include "results/imported_table.hpp"
#include "results/integrity.hpp"
#include "results/merge.hpp"
#include "results/nccl_json.hpp"
#include "results/nccl_tests.hpp"
#include "results/rate_scale.hpp"
#include "results/replication.hpp"
#include "results/shared_scatter.hpp"
#include "sample_results.hpp"
#include "tests/topologies/scratch.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

using testing::HasSubstr;

// Tables as the versions named print them; the figures are made up.
constexpr const char* v2_17 = R"(# Collective test starting: all_reduce_perf
# nThread 1 nGpus 1 minBytes 8 maxBytes 33554432 step: 2(factor) warmup iters: 5 iters: 20 agg iters: 1 validation: 1 graph: 0
#
# Using devices
#  Rank  0 Group  0 Pid  51601 on     node1 device  0 [0x18] NVIDIA H100
#  Rank  1 Group  0 Pid  51602 on     node1 device  1 [0x2a] NVIDIA H100
#
#                                                              out-of-place                       in-place
#       size         count      type   redop    root     time   algbw   busbw  #wrong     time   algbw   busbw  #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)             (us)  (GB/s)  (GB/s)
           0             0     float     sum      -1     5.10    0.00    0.00       0     5.00    0.00    0.00       0
     1048576        262144     float     sum      -1    40.00   26.21   26.21       0    41.00   25.58   25.58     N/A
# Out of bounds values : 0 OK
# Avg bus bandwidth    : 12.9
#
# Collective test concluded: all_reduce_perf
)";

constexpr const char* v2_9 =
    R"(# nThread 1 nGpus 8 minBytes 1024 maxBytes 2048 step: 2(factor) warmup iters: 5 iters: 20 validation: 1
#
#                                             out-of-place                       in-place
#       size         count    type   redop     time   algbw   busbw  error     time   algbw   busbw  error
#        (B)    (elements)                     (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)
        1024           256   float     sum    26.03    0.04    0.07  1e-07    25.80    0.04    0.07  1e-07
# Out of bounds values : 0 OK
# Avg bus bandwidth    : 0.07
)";

constexpr const char* v2_0 =
    R"(# nThread 1 nGpus 2 minBytes 1048576 maxBytes 1048576 step: 2(factor) warmup iters: 5 iters: 20 validation: 0
#                             out-of-place                    in-place
#  bytes  N    type  op     time  algbw  busbw  res     time  algbw  busbw  res
1048576 262144 float sum 2.000 0.52 0.52 N/A 3.000 0.35 0.35 N/A
# Avg bus bandwidth    : 0.43
)";

const ImportHints all_reduce{"a.log", "all_reduce", 0};

const PointRow& point_of(const Imported& imported, std::int64_t size, bool in_place) {
  for (const auto& point : imported.results.points)
    if (point.size == size && (point.in_place != 0) == in_place) return point;
  throw std::runtime_error("no such point");
}

/// The text with the first of these words replaced.
std::string replaced_text(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(ImportText, BearsAByteOrderMark) {
  const auto plain = import_text(v2_17, {"run.txt", "", 0}),
             marked = import_text("\xEF\xBB\xBF" + std::string(v2_17), {"run.txt", "", 0});
  EXPECT_EQ(marked.results.points.size(), plain.results.points.size());
  EXPECT_EQ(marked.skipped.size(), plain.skipped.size());
}

TEST(ImportNcclText, ReadsBothHalvesOfPresentVersions) {
  const auto imported = import_text(v2_17, {"a.log", "", 0});
  EXPECT_EQ(first_inconsistency(imported.results), "");
  ASSERT_EQ(imported.results.points.size(), 4u);
  const auto& point = point_of(imported, 1048576, false);
  EXPECT_EQ(point.key, "all_reduce/flat/float32/sum/out-of-place/throughput/1048576/native/nccl/2/2a");
  EXPECT_DOUBLE_EQ(point.median, 40e-6);
  EXPECT_DOUBLE_EQ(point.busbw, 26.21e9);
  EXPECT_EQ(point.wrong, 0);
  EXPECT_EQ(point_of(imported, 1048576, true).wrong, -1) << "N/A: unchecked";
  EXPECT_DOUBLE_EQ(point_of(imported, 0, false).median, 5.1e-6);
  EXPECT_EQ(point.samples, 0);
  EXPECT_TRUE(imported.skipped.empty());
}

TEST(ImportNcclText, ReadsTablesWithoutRootAndWithGreatestErrors) {
  const auto imported = import_text(v2_9, all_reduce);
  const auto& point = point_of(imported, 1024, false);
  EXPECT_EQ(point.ranks, 8);
  EXPECT_DOUBLE_EQ(point.median, 26.03e-6);
  EXPECT_EQ(point.wrong, 0) << "1e-07 is rounding, not an element";
}

TEST(ImportNcclText, ReadsTheOldestTablesWhoseTimesAreMilliseconds) {
  const auto imported = import_text(v2_0, all_reduce);
  const auto& point = point_of(imported, 1048576, false);
  EXPECT_DOUBLE_EQ(point.median, 2e-3);
  EXPECT_EQ(point.wrong, -1);
}

TEST(ImportNcclText, ReadsTablesWithRootAndNoRedop) {
  std::string text = v2_9;
  const auto replace = [&](const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
  };
  replace("type   redop ", "type    root ");
  replace("float     sum ", "float       0 ");
  const auto imported = import_text(text, {"b.log", "broadcast", 0});
  EXPECT_EQ(point_of(imported, 1024, true).reduce_op, "none");
  EXPECT_DOUBLE_EQ(point_of(imported, 1024, true).median, 25.80e-6);
}

TEST(ImportNcclText, LeavesColumnsPerIterationAndTimestampsAside) {
  const auto text =
      std::string("# all_reduce_perf\n# nThread 1 nGpus 4 minBytes 8\n") +
      "# size count type redop root time algbw busbw #wrong min max p99 cv time algbw busbw #wrong min max p99 cv\n" +
      "8 2 float sum -1 10.0 0.00 0.00 0 9.0 12.0 11.9 5.0 11.0 0.00 0.00 0 9.1 12.1 12.0 6.0 2026-03-02 09:15:00\n" +
      "# Avg bus bandwidth    : 0\n";
  const auto imported = import_text(text, {"a.log", "", 0});
  EXPECT_DOUBLE_EQ(point_of(imported, 8, false).median, 10e-6);
  EXPECT_DOUBLE_EQ(point_of(imported, 8, true).median, 11e-6);
}

TEST(ImportNcclText, BearsTagsDosLinesAndLogLinesAndListsWhatItSkipped) {
  std::string text;
  std::istringstream lines(v2_17);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    text += "[1,0]<stdout>:" + line + "\r\n";
    if (++number == 10)
      text += "[1,1]<stderr>:node1:51602:51602 [1] NCCL INFO Channel 00/24\r\nnode1: NCCL INFO more\r\n";
  }
  const auto imported = import_text(text, {"a.log", "", 0});
  EXPECT_EQ(imported.results.points.size(), 4u);
  ASSERT_EQ(imported.skipped.size(), 1u);
  EXPECT_EQ(imported.skipped[0].first, 11u);
  EXPECT_EQ(imported.skipped[0].last, 12u);
  EXPECT_EQ(imported.skipped[0].why, "NCCL's log");
}

/// Open MPI 5's tags, srun's labels (padded with zeros from ten tasks on), and a byte order mark: the same text, so the
/// same launch.
TEST(ImportNcclText, BearsWhatLaunchersAndEditorsPutBeforeTheText) {
  const auto plain = import_text(v2_17, {"a.log", "", 0}).results;
  for (const std::string prefix :
       {"[prterun-host-1@1,0]<stdout>:", "[prterun-gpu-b07.site-1234@12,3]<stdout>: ", "0: ", "07: "}) {
    std::string text;
    std::istringstream lines(v2_17);
    for (std::string line; std::getline(lines, line);) text += prefix + line + "\n";
    const auto imported = import_text(text, {"a.log", "", 0});
    EXPECT_TRUE(imported.skipped.empty()) << prefix;
    EXPECT_EQ(imported.results.points.size(), 4u) << prefix;
    if (prefix != "[prterun-gpu-b07.site-1234@12,3]<stdout>: ") {
      EXPECT_EQ(imported.results.launches[0].id, plain.launches[0].id) << prefix;
    }
  }
  const auto marked = import_text("\xEF\xBB\xBF" + std::string(v2_17), {"a.log", "", 0});
  EXPECT_TRUE(marked.skipped.empty());
  EXPECT_EQ(marked.results.launches[0].id, plain.launches[0].id);
  EXPECT_EQ(import_text("\xEF\xBB\xBF" + nccl_json(sample::results()), {"a.json", "", 0}).results.points.size(), 72u);
  EXPECT_EQ(bare_line("12: "), "") << "an empty line";
  EXPECT_EQ(bare_line("10:20: a time"), "10:20: a time");
}

TEST(ImportNcclText, StoresACollectiveThatBrokeOffAsFailedWithItsReason) {
  auto text = std::string(v2_17);
  text = text.substr(0, text.find("# Out of bounds")) +
         "node1: Test NCCL failure common.cu:303 'remote process exited or there was a network error'\n";
  const auto imported = import_text(text, {"a.log", "", 0});
  EXPECT_EQ(first_inconsistency(imported.results), "");
  const auto& failed = imported.results.points.back();
  EXPECT_EQ(failed.size, 33554432) << "the greatest size was not reached";
  EXPECT_EQ(failed.visits, 0);
  EXPECT_THAT(failed.reason, HasSubstr("failed: node1: Test NCCL failure"));
}

TEST(ImportNcclText, StoresAHungRunAsFailedEvenWithoutARow) {
  const auto text = std::string(v2_17).substr(0, std::string(v2_17).find("           0             0"));
  const auto imported = import_text(text, {"a.log", "", 0});
  ASSERT_EQ(imported.results.points.size(), 1u);
  EXPECT_EQ(imported.results.points[0].reason, "failed: the output ends within the table");
}

/// A collective that died before its table, and one that ran after it.
TEST(ImportNcclText, StoresACollectiveThatBrokeOffAboveItsTable) {
  const auto head = std::string(v2_17).substr(0, std::string(v2_17).find("# Using devices"));
  const auto dead = replaced_text(replaced_text(head, "all_reduce", "all_gather"), "33554432", "1024") +
                    "node1: Test NCCL failure common.cu:1000 'unhandled system error'\nmpirun: exited on signal 6\n";
  for (const auto& text : {dead, dead + v2_17, v2_17 + dead}) {
    const auto imported = import_text(text, {"a.log", "", 0});
    EXPECT_EQ(first_inconsistency(imported.results), "");
    const auto failed = std::ranges::find(imported.results.points, "all_gather", &PointRow::operation);
    ASSERT_NE(failed, imported.results.points.end());
    EXPECT_THAT(failed->reason, HasSubstr("failed: node1: Test NCCL failure")) << "the cause, not what followed";
    EXPECT_EQ(failed->visits, 0);
    EXPECT_EQ(failed->type, unknown_axis);
    EXPECT_EQ(failed->ranks, 0) << "nGpus counts those of one process";
    EXPECT_EQ(imported.results.points.size(), text == dead ? 1u : 5u);
  }
}

TEST(ImportNcclText, StoresAHungRunAsFailedBetweenTwoThatRan) {
  const auto head = std::string(v2_9).substr(0, std::string(v2_9).find("#  "));
  const auto imported = import_text(v2_9 + head + v2_9, all_reduce);
  ASSERT_EQ(imported.results.points.size(), 3u);
  EXPECT_EQ(imported.results.points[2].reason, "failed: another start of the program began before the table");
  EXPECT_EQ(imported.results.points[0].launches, 2);
}

TEST(ImportNcclText, StoresACommandThatFailedBeforeItSaidAnything) {
  const auto imported = import_text(
      "+ srun ./all_gather_perf -b 8\nsrun: error: node1: task 0: Killed\n+ srun ./"
      "all_reduce_perf\n" +
          std::string(v2_9),
      {"a.log", "", 0});
  ASSERT_EQ(imported.results.points.size(), 3u);
  EXPECT_EQ(imported.results.points[0].reason, "failed: srun: error: node1: task 0: Killed");
  EXPECT_EQ(imported.results.points[0].operation, "all_gather");
}

TEST(ImportNcclText, ListsABrokenCollectiveThatIsNotNamed) {
  const auto head = std::string(v2_9).substr(0, std::string(v2_9).find("#  "));
  const auto imported = import_text(head + v2_17, {"a.log", "", 0});
  EXPECT_EQ(imported.results.points.size(), 4u);
  ASSERT_EQ(imported.skipped.size(), 1u);
  EXPECT_EQ(imported.skipped[0].first, 1u);
  EXPECT_THAT(imported.skipped[0].why, HasSubstr("broke off and is not named: give --collective NAME"));
}

TEST(ImportNcclText, ReadsOnWhereALineNamesTheProgramAtHand) {
  const auto warned = replaced_text(v2_17, "           0 ", "node1: all_reduce_perf: a warning\n           0 ");
  const auto imported = import_text(warned, {"a.log", "", 0});
  EXPECT_EQ(imported.results.points.size(), 4u) << "and none failed";
}

TEST(ImportNcclText, ReadsSeveralCollectivesOfOneFile) {
  auto second = std::string(v2_17);
  for (auto at = second.find("all_reduce"); at != std::string::npos; at = second.find("all_reduce", at))
    second.replace(at, 10, "all_gather");
  const auto imported = import_text(v2_17 + second, {"a.log", "", 0});
  EXPECT_EQ(imported.results.points.size(), 8u);
  EXPECT_EQ(imported.results.points.back().operation, "all_gather");
  EXPECT_EQ(imported.results.points.back().ranks, 2);
}

TEST(ImportNcclText, NeverGuessesACollectiveOrTheNumberOfRanks) {
  EXPECT_THROW(import_text(v2_9, {"a.log", "", 0}), UsageError);
  const auto text = std::string(v2_9).substr(std::string(v2_9).find("#  "));
  EXPECT_THROW(import_text(text, all_reduce), UsageError);
  EXPECT_EQ(import_text(text, {"a.log", "all_reduce", 16}).results.points[0].ranks, 16);
}

TEST(NcclTests, KeepPointsOfOtherLoadsApart) {
  auto results = sample::results();
  results.points.resize(1);
  results.points.push_back(results.points[0]);
  results.points[1].load = 64;
  results.points[1].settings = "graph";
  results.points.push_back(results.points[0]);
  results.points[2].load = 8;
  for (const auto& text : {nccl_tests(results), nccl_json(results)}) {
    const auto back = import_text(text, {"three.txt", "", 0}).results;
    ASSERT_EQ(back.points.size(), 3u);
    EXPECT_EQ(back.points[0].load, 0);
    EXPECT_EQ(back.points[1].load, 64);
    EXPECT_EQ(back.points[1].settings, "graph");
    EXPECT_EQ(back.points[2].load, 8);
    EXPECT_TRUE(back.points[1].key.ends_with("/graph/load=64")) << "as Point::key() has it: " << back.points[1].key;
  }
}

TEST(NcclTests, KeepPointsOfOtherSettingsApart) {
  auto results = sample::results();
  results.points.resize(1);
  results.points.push_back(results.points[0]);
  results.points[1].settings = "graph";
  const auto back = import_text(nccl_tests(results), {"two.txt", "", 0}).results;
  ASSERT_EQ(back.points.size(), 2u);
  EXPECT_EQ(back.points[0].settings, "default");
  EXPECT_EQ(back.points[1].settings, "graph");
  EXPECT_NE(back.points[0].key, back.points[1].key);
}

/// What a gate would refuse it would refuse after the way through another tool's format as well.
TEST(NcclTests, SayWhatAGateMustKnowOfTheirLaunches) {
  auto emulated = sample::results();
  for (auto& visit : emulated.visits) visit.flags = 0;
  auto doubled = emulated, over_plugin = emulated, by_library = emulated, uncapped = emulated, real = emulated;
  for (auto* results : {&doubled, &over_plugin, &by_library, &real})
    for (auto& launch : results->launches) launch.scale = 1, launch.wan_engine = "none";
  doubled.launches[1].flags = "doubles,planted-faults";
  over_plugin.launches[0].wan_engine = "plugin";
  by_library.launches[0].library = "plugin TCP (Longhaul, v11), ring 0-1";
  for (auto& launch : uncapped.launches) launch.scale = uncapped_scale, launch.wan_engine = "none";
  for (const auto& results : {emulated, doubled, over_plugin, by_library, uncapped, real})
    for (const auto& text : {nccl_tests(results), nccl_json(results)}) {
      const auto back = import_text(text, {"own.txt", "", 0}).results;
      EXPECT_EQ(kinds_of(back), kinds_of(results)) << text.substr(0, 400);
      EXPECT_EQ(rate_scale(back), rate_scale(results));
    }
}

TEST(Import, GivesFilesOfSeveralRunsTheReplicationThatOneLacks) {
  const auto joined = merge({import_text(v2_17, {"a.log", "", 0}).results,
                             import_text(replaced_text(v2_17, "40.00", "40.20"), {"b.log", "", 0}).results});
  EXPECT_EQ(joined.launches.size(), 2u);
  EXPECT_EQ(replication_of_points(joined)[0].launches.size(), 2u);
}

TEST(Import, TakesACopyForTheSameLaunchWhateverItsNameTagsAndLineEnds) {
  std::string copy;
  std::istringstream lines(v2_17);
  for (std::string line; std::getline(lines, line);) copy += "[1,0]<stdout>:" + line + "\r\n";
  const auto joined =
      merge({import_text(v2_17, {"a.log", "", 0}).results, import_text(copy, {"b.log", "", 0}).results});
  EXPECT_EQ(joined.launches.size(), 1u);
  EXPECT_EQ(replication_of_points(joined)[0].launches.size(), 1u);
}

/// Printed as 40.00 in both files, the mean may be off by 5 ns all the same: 40 µs ± 12.7 · 10 ns/√12 at 95 %.
TEST(Import, IsNoSurerOfEquallyRoundedTimesThanTheirDigitsAre) {
  const auto other = replaced_text(v2_17, "41.00", "41.01");
  const auto joined =
      merge({import_text(v2_17, {"a.log", "", 0}).results, import_text(other, {"b.log", "", 0}).results});
  const auto estimate = estimates_of(replication_of_points(joined), Level::launches)[2];
  EXPECT_NEAR(std::sqrt(estimate.variance), 0.01 / 40 / std::sqrt(12), 1e-12);
  const auto interval = interval_of(estimate, 0.95);
  ASSERT_TRUE(interval);
  EXPECT_NEAR(std::exp(interval->high), 40.0367e-6, 1e-10);
  EXPECT_GT(two_sided_p(estimate, std::log(40.01e-6)), 0.05) << "a bound within the last digit is undecided";
  EXPECT_LT(two_sided_p(estimate, std::log(41e-6)), 0.01);
}

TEST(ImportNcclText, TakesALaterStartInOneLogForAnotherLaunch) {
  const auto again = replaced_text(v2_17, "40.00", "42.00");
  const auto imported = import_text(v2_17 + again + replaced_text(v2_17, "40.00", "44.00"), {"loop.log", "", 0});
  EXPECT_TRUE(imported.skipped.empty());
  EXPECT_EQ(first_inconsistency(imported.results), "");
  ASSERT_EQ(imported.results.launches.size(), 3u);
  EXPECT_NE(imported.results.launches[0].id, imported.results.launches[2].id);
  const auto& point = point_of(imported, 1048576, false);
  EXPECT_EQ(point.launches, 3);
  EXPECT_EQ(point.visits, 3);
  EXPECT_EQ(point.samples, 0);
  EXPECT_DOUBLE_EQ(point.median, 42e-6);
  EXPECT_NEAR(point.busbw, 1048576 / 42e-6, 1);
}

TEST(ImportNcclText, TakesATableThatBeginsAnewWithinOneStartForAnotherRound) {
  auto text = std::string(v2_17);
  const auto begin = text.find("     1048576"), end = text.find("# Out of");
  text.insert(end, replaced_text(text.substr(begin, end - begin), "40.00", "43.00"));
  const auto imported = import_text(text, {"cycles.log", "", 0});
  EXPECT_EQ(imported.results.launches.size(), 1u);
  const auto& point = point_of(imported, 1048576, false);
  EXPECT_EQ(point.launches, 1);
  EXPECT_EQ(point.rounds, 2);
  EXPECT_DOUBLE_EQ(point.median, 41.5e-6);
  EXPECT_EQ(point.wrong, 0);
  EXPECT_EQ(point_of(imported, 1048576, true).wrong, -1) << "unchecked twice is unchecked";
}

TEST(Import, UnpacksGzip) {
  const Scratch scratch;
  const auto path = (scratch / "a.log.gz").string();
  auto* file = gzopen(path.c_str(), "wb");
  gzputs(file, v2_17);
  gzclose(file);
  EXPECT_EQ(read_packed(path), v2_17);
}

TEST(Import, OfAnExportExportsTheSame) {
  const auto text = nccl_tests(sample::results());
  const auto imported = import_text(text, {"own.txt", "", 0});
  EXPECT_TRUE(imported.skipped.empty());
  EXPECT_EQ(imported.results.points.size(), 72u);
  EXPECT_EQ(nccl_tests(imported.results), text);
}

/// Random results of every collective, through text and back: whatever was printed is printed again.
TEST(Import, OfAnyExportExportsTheSame) {
  std::mt19937 random(11);
  const auto up_to = [&](unsigned limit) { return static_cast<int>(random() % limit); };
  for (int run = 0; run < 300; ++run) {
    Results results;
    results.launches.emplace_back();
    results.launches[0].scale = up_to(2) ? 1 : up_to(1000);
    results.launches[0].wan_engine = up_to(2) ? "none" : up_to(2) ? "lab" : "plugin";
    results.launches[0].flags = up_to(2) ? "" : up_to(2) ? "doubles" : "doubles,planted-faults";
    const int points = 1 + up_to(20);
    for (int i = 0; i < points; ++i) {
      PointRow point;
      point.operation = operation_names()[static_cast<std::size_t>(up_to(7))];
      point.algorithm = up_to(2) ? "flat" : "hierarchical";
      point.type = up_to(2) ? "float32" : "int64";
      point.reduce_op = reduces(parse_operation(point.operation)) ? "sum" : "none";
      point.mode = up_to(2) ? "latency" : "throughput";
      point.wan = up_to(2) ? "native" : "a-b=10ms";
      point.backend = "mpi";
      point.load = up_to(2) ? 0 : up_to(100);
      point.ranks = 2 + up_to(30);
      point.placement = up_to(2) ? "2a,2b" : "";
      point.in_place = static_cast<std::int8_t>(up_to(2));
      point.size = point.moved = std::int64_t{1} << up_to(40);
      point.median = std::exp(up_to(40) - 18.0) * (1 + up_to(1000) / 997.0);
      point.algbw = static_cast<double>(point.moved) / point.median;
      point.busbw = point.algbw * 1.5;
      point.wrong = up_to(4) - 1;
      results.points.push_back(point);
    }
    const auto text = nccl_tests(results);
    EXPECT_EQ(nccl_tests(import_text(text, {"own.txt", "", 0}).results), text);
  }
}

/// Cut and garbled text must be read or refused, never worse; the fuzzer does this for longer.
TEST(Import, BearsGarbledText) {
  std::mt19937 random(5);
  const std::string texts[] = {v2_17, v2_9, v2_0, nccl_tests(sample::results())};
  for (int run = 0; run < 1500; ++run) {
    auto text = texts[random() % 4];
    for (int change = 0; change < 4; ++change) {
      const auto at = random() % text.size();
      if (random() % 2)
        text[at] = static_cast<char>(random());
      else
        text.erase(at, random() % 40);
      if (text.empty()) text = " ";
    }
    try {
      EXPECT_EQ(first_inconsistency(import_text(text, {"a", "all_reduce", 4}).results), "");
    } catch (const UsageError&) {
    }
  }
}

}  // namespace
}  // namespace longhaul
