#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "collectives/counts.hpp"
#include "results/imported.hpp"
#include "results/imported_table.hpp"
#include "results/integrity.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

using testing::HasSubstr;

std::string osu_test_of(const std::string& title, const std::string& type = "MPI_CHAR") {
  return fmt::format("\n# OSU {} Latency Test v7.4\n{}# Size       Avg Latency(us)\n", title,
                     type.empty() ? "" : "# Datatype: " + type + ".\n");
}

const ImportHints osu_of_four{"osu.txt", "", 4};

TEST(ImportOsuText, ReadsAveragesAsLatency) {
  const auto imported = import_text(
      "\n# OSU MPI Allreduce Latency Test v7.4\n# Datatype: MPI_FLOAT.\n# Size       Avg Latency(us)\n4    2.50\n8   "
      "3.50  1.0 9.0 1000\n",
      {"osu.txt", "", 4});
  ASSERT_EQ(imported.results.points.size(), 2u);
  EXPECT_EQ(imported.results.points[1].key, "all_reduce/flat/float32/sum/out-of-place/latency/8/native/mpi/4/4a");
  EXPECT_DOUBLE_EQ(imported.results.points[1].median, 3.5e-6);
}

/// A row of 1024 in 10 µs over four ranks, as each test means it.
TEST(ImportOsuText, TakesASizeForWhatEachTestMeansByIt) {
  const std::pair<const char*, int> tests[] = {
      {"MPI Allreduce", 1024}, {"MPI Reduce", 1024},    {"MPI Reduce_scatter", 1024},
      {"MPI Broadcast", 1024}, {"MPI Allgather", 4096}, {"MPI All-to-All Personalized Exchange", 4096}};
  for (const auto& [title, size] : tests) {
    const auto imported = import_text(osu_test_of(title) + "1024  10.00\n", osu_of_four);
    ASSERT_EQ(imported.results.points.size(), 1u) << title;
    const auto& point = imported.results.points[0];
    EXPECT_EQ(point.size, size) << title;
    EXPECT_EQ(point.moved, size) << title;
    EXPECT_NEAR(point.algbw, size / 10e-6, 1) << title;
    EXPECT_NEAR(point.busbw, point.algbw * bus_factor(parse_operation(point.operation), 4), 1) << title;
  }
}

TEST(ImportOsuText, NeverGuessesTheNumberOfRanks) {
  try {
    import_text(osu_test_of("MPI Allgather") + "1024  10.00\n", {"osu.txt", "", 0});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("line 5: rows of an unknown number of ranks: give --ranks N"));
  }
}

TEST(ImportOsuText, ReadsTheTypeAndElseTakesTheToolsOwn) {
  const auto type_of = [](const std::string& text) {
    return import_text(text + "1024  10.00\n", osu_of_four).results.points.at(0).type;
  };
  EXPECT_EQ(type_of(osu_test_of("MPI Allreduce", "MPI_CHAR")), "int8");
  EXPECT_EQ(type_of(osu_test_of("MPI Allreduce", "MPI_INT")), "int32");
  EXPECT_EQ(type_of(osu_test_of("MPI Broadcast", "MPI_FLOAT")), "float32");
  EXPECT_EQ(type_of(osu_test_of("MPI Allreduce", "")), "float32") << "an older version";
  EXPECT_EQ(type_of(osu_test_of("MPI Allgather", "")), "int8") << "an older version";
}

TEST(ImportOsuText, KeepsTypesOfOneTestApart) {
  const auto imported = import_text(osu_test_of("MPI Allreduce") +
                                        "1024  10.00\n\n# Datatype: MPI_INT.\n# Size       Avg "
                                        "Latency(us)\n1024  11.00\n",
                                    osu_of_four);
  ASSERT_EQ(imported.results.points.size(), 2u);
  EXPECT_EQ(imported.results.points[1].type, "int32");
}

TEST(ImportOsuText, BearsTagsAndDosLines) {
  const auto imported = import_text(
      "[1,0]<stdout>:\r\n[1,0]<stdout>:# OSU MPI Allreduce Latency Test v7.4\r\n[1,0]<stdout>:# Datatype: "
      "MPI_CHAR.\r\n[1,0]<stdout>:# Size       Avg Latency(us)\r\n[1,0]<stdout>:4     2.50\r\n",
      osu_of_four);
  ASSERT_EQ(imported.results.points.size(), 1u);
  EXPECT_EQ(imported.results.points[0].type, "int8");
  EXPECT_TRUE(imported.skipped.empty());
}

TEST(ImportOsuText, NamesTheLibraryThatWasMeasured) {
  const auto backend_of = [](const std::string& title) {
    return import_text("#Using NCCL\n" + osu_test_of(title, "") + "1024  10.00\n", osu_of_four)
        .results.points.at(0)
        .backend;
  };
  EXPECT_EQ(backend_of("MPI Allreduce"), "mpi");
  EXPECT_EQ(backend_of("MPI-CUDA Allreduce"), "mpi");
  EXPECT_EQ(backend_of("NCCL-CUDA Allreduce"), "nccl");
  EXPECT_EQ(backend_of("RCCL-ROCM Allreduce"), "rccl");
}

TEST(ImportOsuText, StoresARunThatHungOrWasCutAsFailedWithItsReason) {
  const auto whole = osu_test_of("MPI Allgather") + "4     2.50\n8     3.50\n";
  const auto reason_of = [](const std::string& text) {
    const auto imported = import_text(text, osu_of_four);
    EXPECT_EQ(first_inconsistency(imported.results), "");
    const auto& last = imported.results.points.back();
    EXPECT_EQ(last.operation, "all_gather");
    return last.reason;
  };
  EXPECT_EQ(reason_of(whole), "imported: values without samples");
  EXPECT_EQ(reason_of(whole.substr(0, whole.size() - 1)), "imported: values without samples") << "only its end is gone";
  EXPECT_EQ(reason_of(osu_test_of("MPI Allgather")), "failed: the output ends before the table's first row");
  EXPECT_EQ(reason_of(whole + osu_test_of("MPI Allgather")), "failed: the output ends before the table's first row");
  EXPECT_EQ(reason_of(osu_test_of("MPI Allgather") + osu_test_of("MPI Gather")),
            "failed: another test began before the table's first row");
  EXPECT_EQ(reason_of(whole.substr(0, whole.size() - 2)), "failed: the output ends within a row");
  EXPECT_EQ(reason_of(whole + "16"), "failed: the output ends within a row");
  EXPECT_EQ(reason_of(whole + "slurmstepd: error: *** STEP 7.0 CANCELLED AT 2026-03-02 DUE TO TIME LIMIT ***\n"),
            "failed: slurmstepd: error: *** STEP 7.0 CANCELLED AT 2026-03-02 DUE TO TIME LIMIT ***");
}

TEST(ImportOsuText, TakesFurtherTestsOfOneLogForLaunches) {
  const auto imported =
      import_text(osu_test_of("MPI Allreduce") + "4  2.50\n" + osu_test_of("MPI Allreduce") + "4  2.70\n", osu_of_four);
  EXPECT_EQ(imported.results.launches.size(), 2u);
  ASSERT_EQ(imported.results.points.size(), 1u);
  EXPECT_EQ(imported.results.points[0].launches, 2);
  EXPECT_NEAR(imported.results.points[0].median, 2.6e-6, 1e-12);
}

TEST(ImportOsuText, SaysWhichElementsWereWrong) {
  const auto imported = import_text(osu_test_of("MPI Allreduce") + "4  2.50  Pass\n8  2.60  Fail\n", osu_of_four);
  EXPECT_EQ(imported.results.points[0].wrong, 0);
  EXPECT_EQ(imported.results.points[1].wrong, 1);
}

TEST(ImportOsuText, ListsTestsThatAreNoneOfOurs) {
  const auto imported = import_text("# OSU MPI Latency Test v7.4\n# Size          Latency (us)\n1  1.00\n" +
                                        osu_test_of("MPI Allreduce") + "4  2.50\n",
                                    osu_of_four);
  EXPECT_EQ(imported.results.points.size(), 1u);
  ASSERT_EQ(imported.skipped.size(), 2u);
  EXPECT_EQ(imported.skipped[0].why, "'Latency' is none of our collectives");
  EXPECT_EQ(imported.skipped[1].first, 3u);
}

TEST(ImportOsuText, TakesNoRowOfAnotherToolForItsOwn) {
  const auto imported =
      import_text(osu_test_of("MPI Allreduce") + "4  2.50\n 8 2 float sum -1 10.0 0.00 0.00 0\n", osu_of_four);
  EXPECT_EQ(imported.results.points.size(), 1u);
  ASSERT_EQ(imported.skipped.size(), 1u);
  EXPECT_EQ(imported.skipped[0].first, 6u);
}

/// Cut and garbled text must be read or refused, never worse.
TEST(ImportOsuText, BearsGarbledText) {
  std::mt19937 random(7);
  const auto whole =
      osu_test_of("MPI Allgather") + "4     2.50\n8     3.50\n" + osu_test_of("MPI Allreduce") + "4  2.50  Pass\n";
  for (int run = 0; run < 1000; ++run) {
    auto text = whole;
    for (int change = 0; change < 3 && !text.empty(); ++change) {
      const auto at = random() % text.size();
      if (random() % 2)
        text[at] = static_cast<char>(random());
      else
        text.erase(at, random() % 20);
    }
    try {
      EXPECT_EQ(first_inconsistency(import_text(text, osu_of_four).results), "");
    } catch (const UsageError&) {
    }
  }
}

/// Random tables as OSU prints them, read back: every row a point of its size, type, ranks and time.
TEST(ImportOsuText, ReadsBackAnyTable) {
  struct Title {
    const char *title, *operation;
    bool is_share;
  };
  const Title titles[] = {
      {"Allreduce", "all_reduce", false},          {"Reduce", "reduce", false},
      {"Reduce_scatter", "reduce_scatter", false}, {"Broadcast", "broadcast", false},
      {"Allgather", "all_gather", true},           {"All-to-All Personalized Exchange", "all_to_all", true}};
  const std::pair<const char*, const char*> types[] = {
      {"MPI_CHAR", "int8"}, {"MPI_INT", "int32"}, {"MPI_FLOAT", "float32"}};
  std::mt19937 random(23);
  const auto up_to = [&](unsigned limit) { return static_cast<int>(random() % limit); };
  for (int run = 0; run < 300; ++run) {
    const int ranks = 2 + up_to(30);
    const bool is_full = up_to(2), is_tagged = up_to(2), is_nccl = up_to(2);
    std::vector<PointRow> rows;
    std::string text;
    const auto print = [&](const std::string& line) {
      text += (is_tagged ? "[1,0]<stdout>:" : "") + line + (up_to(2) ? "\r\n" : "\n");
    };
    for (const auto& [title, operation, is_share] : titles) {
      if (up_to(2)) continue;
      const auto& [mpi_type, type] = types[up_to(3)];
      print("");
      print(fmt::format("# OSU {} {} Latency Test v7.4", is_nccl ? "NCCL-CUDA" : "MPI", title));
      print(fmt::format("# Datatype: {}.", mpi_type));
      print(std::string("# Size       Avg Latency(us)") +
            (is_full ? "   Min Latency(us)   Max Latency(us)  Iterations" : ""));
      for (int power = up_to(8), last = power + up_to(12); power <= last; ++power) {
        const int hundredths = 1 + up_to(1000000);
        const auto size = std::int64_t{1} << power;
        print(fmt::format("{:<10}{:>18.2f}", size, hundredths / 100.0) +
              (is_full ? fmt::format("{:>18.2f}{:>18.2f}{:>12}", 0.5, 9999.5, 1000) : ""));
        PointRow row;
        row.operation = operation;
        row.type = type;
        row.size = is_share ? size * ranks : size;
        row.median = hundredths / 100.0 * 1e-6;
        rows.push_back(row);
      }
    }
    if (rows.empty()) continue;
    const auto imported = import_text(text, {"osu.txt", "", ranks});
    EXPECT_TRUE(imported.skipped.empty());
    const auto& points = imported.results.points;
    ASSERT_EQ(points.size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(points[i].operation, rows[i].operation);
      EXPECT_EQ(points[i].type, rows[i].type);
      EXPECT_EQ(points[i].size, rows[i].size);
      EXPECT_EQ(points[i].ranks, ranks);
      EXPECT_EQ(points[i].backend, is_nccl ? "nccl" : "mpi");
      EXPECT_DOUBLE_EQ(points[i].median, rows[i].median);
      EXPECT_DOUBLE_EQ(imported.results.visits[i].resolution, 1e-8);
    }
  }
}

}  // namespace
}  // namespace longhaul
