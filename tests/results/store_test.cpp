#include "results/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "results/encoding.hpp"
#include "results/parts.hpp"
#include "same_results.hpp"
#include "sample_results.hpp"
#include "tests/topologies/scratch.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// The message of the error of class E that a call must throw.
template <class E, class Call>
std::string error_of(Call&& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  return "(no such error)";
}

template <class Row>
std::vector<Row> rows_of_visit(const std::vector<Row>& rows, std::int32_t visit) {
  std::vector<Row> found;
  for (const auto& row : rows)
    if (row.visit == visit) found.push_back(row);
  return found;
}

/// Append visit number `visit` of the sample to a store as a run would, its launch and point included.
void replay_visit(Store& store, const Results& sample, std::size_t visit) {
  const VisitRow& row = sample.visits[visit];
  while (store.results().launches.size() <= static_cast<std::size_t>(row.launch)) {
    const auto launch = store.results().launches.size();
    std::vector<RankRow> ranks;
    for (const auto& rank : sample.ranks)
      if (static_cast<std::size_t>(rank.launch) == launch) ranks.push_back(rank);
    store.begin_launch(sample.launches[launch], ranks, sample.wan);
  }
  const auto& point = sample.points[static_cast<std::size_t>(row.point)];
  VisitRow mine = row;
  mine.point = store.point_index(point);
  store.append(mine, rows_of_visit(sample.samples, row.visit), rows_of_visit(sample.pairs, row.visit),
               rows_of_visit(sample.links, row.visit), rows_of_visit(sample.rank_summary, row.visit));
}

/// The sample's first visits; so many that all tables but the points are complete.
constexpr std::size_t kVisits = 40;

void replay(Store& store, const Results& sample, std::size_t from = 0, std::size_t to = kVisits) {
  for (std::size_t visit = from; visit < to; ++visit) replay_visit(store, sample, visit);
}

std::vector<double> durations(const Results& results) {
  std::vector<double> values;
  for (const auto& sample : results.samples) values.push_back(sample.duration);
  return values;
}

std::vector<double> durations_of_first(const Results& sample, std::size_t visits) {
  auto values = durations(sample);
  values.resize(visits * sample::samples_per_visit);
  return values;
}

TEST(Results, AreTheSameAfterWritingAndReading) {
  const Scratch folder;
  const auto sample = sample::results();
  write_results(folder / "run.h5", sample);
  EXPECT_EQ(first_difference(read_results(folder / "run.h5"), sample), "");
}

TEST(Results, MayBeEmpty) {
  const Scratch folder;
  write_results(folder / "run.h5", {});
  EXPECT_EQ(first_difference(read_results(folder / "run.h5"), {}), "");
}

TEST(Store, KeepsEachVisitInAPartUntilItIsCompacted) {
  const Scratch folder;
  const auto sample = sample::results();
  {
    Store store(folder / "run.h5", false);
    replay(store, sample);
    EXPECT_EQ(list_parts(folder / "run.h5").size(), kVisits);
    EXPECT_EQ(first_difference(read_results(folder / "run.h5"), store.results()), "");
    store.compact(true);
    EXPECT_FALSE(std::filesystem::exists(folder / "run.h5.parts"));
    EXPECT_EQ(first_difference(read_results(folder / "run.h5"), store.results()), "");
  }
  const auto stored = read_results(folder / "run.h5");
  EXPECT_EQ(durations(stored), durations_of_first(sample, kVisits));
  EXPECT_EQ(stored.links.size(), 2 * kVisits);
  EXPECT_EQ(stored.rank_summary.size(), sample::ranks * kVisits);
  EXPECT_EQ(stored.visits[17].first_sample, 17 * sample::samples_per_visit);
}

TEST(Store, LeavesWhatIsInPartsWhenItEndsWithoutCompacting) {
  const Scratch folder;
  const auto sample = sample::results();
  {
    Store store(folder / "run.h5", false);
    replay(store, sample);
  }
  EXPECT_EQ(durations(read_results(folder / "run.h5")), durations_of_first(sample, kVisits));
}

TEST(Store, GoesOnWhereItStands) {
  const Scratch folder;
  const auto sample = sample::results();
  {
    Store store(folder / "run.h5", false);
    replay(store, sample, 0, 25);
  }
  {
    Store store(folder / "run.h5", true);
    EXPECT_EQ(store.results().visits.size(), 25u);
    EXPECT_EQ(store.point_index(sample.points[7]), 7);
    EXPECT_EQ(store.begin_launch(sample.launches[0], {}, {}), 1) << "launches get the next number";
    replay(store, sample, 25, kVisits);
  }
  const auto stored = read_results(folder / "run.h5");
  EXPECT_EQ(durations(stored), durations_of_first(sample, kVisits));
  EXPECT_EQ(stored.launches.size(), 2u);
  EXPECT_EQ(stored.wan.size(), sample.wan.size()) << "a WAN setting is one row however often a launch names it";
}

TEST(Store, CountsNoVisitTwiceWhenKilledBetweenCompactingAndRemovingParts) {
  const Scratch folder;
  const auto sample = sample::results();
  {
    Store store(folder / "run.h5", false);
    replay(store, sample);
    std::filesystem::copy(folder / "run.h5.parts", folder / "kept");
    store.compact(true);
  }
  std::filesystem::rename(folder / "kept", folder / "run.h5.parts");
  EXPECT_EQ(durations(read_results(folder / "run.h5")), durations_of_first(sample, kVisits));
  Store store(folder / "run.h5", true);
  EXPECT_EQ(store.results().visits.size(), kVisits);
  EXPECT_FALSE(std::filesystem::exists(folder / "run.h5.parts"));
}

TEST(Store, IgnoresWhatAKilledWriteLeftBehind) {
  const Scratch folder;
  const auto sample = sample::results();
  {
    Store store(folder / "run.h5", false);
    replay(store, sample, 0, 3);
  }
  write_text(folder / "run.h5.parts/.00000004.part.tmp", "cut off");
  write_text(folder / ".run.h5.tmp", "cut off");
  EXPECT_EQ(read_results(folder / "run.h5").visits.size(), 3u);
  Store store(folder / "run.h5", true);
  EXPECT_FALSE(std::filesystem::exists(folder / "run.h5.parts"));
  EXPECT_FALSE(std::filesystem::exists(folder / ".run.h5.tmp"));
}

TEST(Store, ReadsTheRestWhenOnePartWasTakenAway) {
  const Scratch folder;
  const auto sample = sample::results();
  {
    Store store(folder / "run.h5", false);
    replay(store, sample, 0, 6);
  }
  std::filesystem::remove(part_path(folder / "run.h5", 6));  // the last point's only visit: nothing else hangs on it
  const auto stored = read_results(folder / "run.h5");
  EXPECT_EQ(durations(stored), durations_of_first(sample, 5));
}

TEST(Store, SaysWhatIsMissingWhenRowsDoNotHangTogether) {
  const Scratch folder;
  {
    Store store(folder / "run.h5", false);
    replay(store, sample::results(), 0, 6);
  }
  std::filesystem::remove(part_path(folder / "run.h5", 1));  // took the launch and point 0 with it
  EXPECT_THAT(error_of<UsageError>([&] { read_results(folder / "run.h5"); }),
              HasSubstr("run.h5' is damaged: point 1 stands in row 0"));
}

TEST(Store, CompactsOnlyWhenThePartsHoldAsMuchAsTheFile) {
  const Scratch folder;
  const auto sample = sample::results();
  Store store(folder / "run.h5", false);
  replay(store, sample, 0, 16);
  store.compact(false);
  EXPECT_EQ(list_parts(folder / "run.h5").size(), 0u);
  replay(store, sample, 16, 24);
  store.compact(false);
  EXPECT_EQ(list_parts(folder / "run.h5").size(), 8u) << "8 visits more are not worth writing 16 again";
  replay(store, sample, 24, 33);
  store.compact(false);
  EXPECT_EQ(list_parts(folder / "run.h5").size(), 0u);
}

TEST(Store, KeepsTheLastSummaryOfAPoint) {
  const Scratch folder;
  const auto sample = sample::results();
  Store store(folder / "run.h5", false);
  replay(store, sample, 0, 2);
  PointRow summary = sample.points[1];
  summary.median = 0.125;
  store.summarise(summary);
  replay(store, sample, 2, 3);
  EXPECT_EQ(read_results(folder / "run.h5").points[1].median, 0.125) << "with the next visit";
  summary.median = 0.25;
  store.summarise(summary);
  store.compact(true);
  EXPECT_EQ(read_results(folder / "run.h5").points[1].median, 0.25) << "with the next compaction";
}

TEST(Store, LeavesNoFileWhenNothingWasMeasured) {
  const Scratch folder;
  {
    Store store(folder / "run.h5", false);
    EXPECT_TRUE(std::filesystem::exists(folder / "run.h5"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "run.h5"));
  EXPECT_FALSE(std::filesystem::exists(folder / "run.h5.lock"));
}

TEST(Store, RefusesAFileThatExists) {
  const Scratch folder;
  {
    Store store(folder / "run.h5", false);
    replay(store, sample::results(), 0, 1);
  }
  EXPECT_THAT(error_of<UsageError>([&] { Store(folder / "run.h5", false); }),
              AllOf(HasSubstr("run.h5' exists"), HasSubstr("--resume")));
  write_text(folder / "notes.txt", "dear diary");
  EXPECT_THAT(error_of<UsageError>([&] { Store(folder / "notes.txt", false); }), HasSubstr("notes.txt' exists"));
  EXPECT_EQ(read_text(folder / "notes.txt"), "dear diary");
}

TEST(Store, StartsAnewWhereAnEarlierRunMeasuredNothing) {
  const Scratch folder;
  write_results(folder / "run.h5", {});
  EXPECT_NO_THROW(Store(folder / "run.h5", false));
}

TEST(Store, RefusesPartsOfAFileThatIsGone) {
  const Scratch folder;
  {
    Store store(folder / "run.h5", false);
    replay(store, sample::results(), 0, 2);
  }
  std::filesystem::remove(folder / "run.h5");
  EXPECT_THAT(error_of<UsageError>([&] { Store(folder / "run.h5", false); }), HasSubstr("holds visits of another"));
  EXPECT_THAT(error_of<UsageError>([&] { read_results(folder / "run.h5"); }), HasSubstr("put the file back"));
  EXPECT_EQ(list_parts(folder / "run.h5").size(), 2u);
}

TEST(Store, SaysWhoHoldsTheLock) {
  const Scratch folder;
  const Store store(folder / "run.h5", false);
  const auto lock = folder / "run.h5.lock";
  struct stat status {};
  ASSERT_EQ(stat(lock.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_THAT(error_of<UsageError>([&] { Store(folder / "run.h5", true); }),
              HasSubstr("is being written by process " + std::to_string(getpid())));
  EXPECT_THAT(error_of<UsageError>([&] { write_results(folder / "run.h5", {}); }), HasSubstr("is being written by"));
  EXPECT_NO_THROW(read_results(folder / "run.h5")) << "readers need no lock";
}

TEST(Store, IsNotHeldUpByTheLockOfAKilledRun) {
  const Scratch folder;
  const auto file = folder / "run.h5";
  const pid_t child = fork();
  if (child == 0) {
    const Store store(file, false);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_TRUE(std::filesystem::exists(folder / "run.h5.lock"));
  EXPECT_NO_THROW(Store(file, true));
}

TEST(Store, NoticesAMissingFolderBeforeAnythingIsMeasured) {
  const Scratch folder;
  EXPECT_THAT(error_of<EnvironmentError>([&] { Store(folder / "none/run.h5", false); }),
              AllOf(HasSubstr("none/run.h5'"), HasSubstr("No such file or directory"), HasSubstr("mkdir -p")));
  write_text(folder / "file", "");
  EXPECT_THAT(error_of<EnvironmentError>([&] { Store(folder / "file/run.h5", false); }), HasSubstr("Not a directory"));
}

TEST(Store, RefusesAVisitOfNoPoint) {
  const Scratch folder;
  Store store(folder / "run.h5", false);
  EXPECT_THROW(store.append({}, {}, {}, {}, {}), std::logic_error);
}

}  // namespace
}  // namespace longhaul
