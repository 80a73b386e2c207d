#include "harness/watch/watchdog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "collectives/vocabulary.hpp"
#include "harness/watch/phase.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

TEST(Watchdog, TellsOnceWhereARankHangs) {
  Progress progress;
  std::promise<std::string> told;
  std::atomic<int> calls{0};
  const InCollective mark(progress, static_cast<int>(Operation::all_gather), 4 << 20);
  const Watchdog watchdog(progress, 20ms, [&](const std::string& where) {
    if (++calls == 1) told.set_value(where);
  });
  const auto where = told.get_future().get();
  EXPECT_THAT(where, ::testing::StartsWith("all_gather #1 (4 MiB) for "));
  EXPECT_EQ(calls.load(), 1);
}

TEST(Watchdog, LetsFinishedCollectivesBe) {
  Progress progress;
  std::atomic<int> calls{0};
  {
    const Watchdog watchdog(progress, 10ms, [&](const std::string&) { ++calls; });
    for (int i = 0; i < 5; ++i) {
      { const InCollective mark(progress, 0, 8); }
      std::this_thread::sleep_for(5ms);
    }
    std::this_thread::sleep_for(30ms);  // idle for longer than the deadline
  }
  EXPECT_EQ(calls.load(), 0);
}

TEST(Watchdog, ThatWatchesEverythingTellsOfAPhase) {
  Progress progress;
  { const InCollective mark(progress, static_cast<int>(Operation::all_reduce), 64); }
  enter(progress, Phase::verification);
  std::promise<std::string> told;
  const Watchdog watchdog(
      progress, 20ms, [&](const std::string& where) { told.set_value(where); }, Watched::everything);
  const auto where = told.get_future().get();
  EXPECT_THAT(where, ::testing::StartsWith("verification for "));
  EXPECT_THAT(where, ::testing::EndsWith(" after all_reduce #1 (64 B)"));
}

TEST(Watchdog, LetsAnEndedRankBe) {
  Progress progress;
  progress.state.store(Progress::ended);
  std::atomic<int> calls{0};
  {
    const Watchdog watchdog(
        progress, 10ms, [&](const std::string&) { ++calls; }, Watched::everything);
    std::this_thread::sleep_for(30ms);
  }
  EXPECT_EQ(calls.load(), 0);
}

TEST(InCollective, CountsAndMarks) {
  Progress progress;
  {
    const InCollective mark(progress, static_cast<int>(Operation::broadcast), 64);
    EXPECT_EQ(progress.state.load(), Progress::entered);
    EXPECT_EQ(progress.sequence.load(), 1U);
    EXPECT_EQ(progress.bytes.load(), 64U);
  }
  EXPECT_EQ(progress.state.load(), Progress::left);
}

}  // namespace
}  // namespace longhaul
