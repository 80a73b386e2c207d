#include "topologies/wan/control_segment.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

namespace longhaul::wan {
namespace {

using namespace std::chrono_literals;
using std::filesystem::exists;

std::string tag() {
  static int count = 0;
  return "segment-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

TEST(ControlSegment, IsTheOwnersAloneAndGoneAfterTheLastUser) {
  std::string path;
  {
    auto writer = MappedSegment::create(tag(), 3, false);
    path = writer.path();
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    writer->way(0, 2).delay = 5;
    const auto reader = MappedSegment::open(path);
    EXPECT_EQ(reader->way(0, 2).delay, 5);
    EXPECT_EQ(reader->sites, 3U);
    { const auto gone = std::move(writer); }
    EXPECT_TRUE(exists(path));
  }
  EXPECT_FALSE(exists(path));
}

TEST(ControlSegment, StaysWhenKeptUntilAskedToGo) {
  std::string path;
  { path = MappedSegment::create(tag(), 2, true).path(); }
  EXPECT_TRUE(exists(path));
  EXPECT_THAT(remove_unused_segments(), testing::Not(testing::Contains(path)));
  EXPECT_THAT(remove_unused_segments(true), testing::Contains(path));
  EXPECT_FALSE(exists(path));
}

TEST(ControlSegment, AKilledProcessLeavesNothingThatStays) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const auto name = tag();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto segment = MappedSegment::create(name, 2, false);
    if (::write(pipe[1], segment.path().data(), segment.path().size()) < 0) ::_exit(1);
    for (;;) ::pause();
  }
  std::string path(200, '\0');
  path.resize(static_cast<std::size_t>(::read(pipe[0], path.data(), path.size())));
  ASSERT_TRUE(exists(path));
  EXPECT_THAT(remove_unused_segments(), testing::Not(testing::Contains(path)));  // it is in use
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(exists(path));
  EXPECT_THAT(remove_unused_segments(), testing::Contains(path));
  EXPECT_FALSE(exists(path));
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST(ControlSegment, IsNotTakenForADeadJobsWhileItIsBeingMade) {
  std::atomic<bool> over = false;
  std::thread cleaner([&] {
    while (!over) remove_unused_segments();
  });
  int gone = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto segment = MappedSegment::create(tag(), 2, false);
    gone += exists(segment.path()) ? 0 : 1;
  }
  over = true;
  cleaner.join();
  EXPECT_EQ(gone, 0);
}

TEST(ControlSegment, RefusesANameThatIsTakenAndLeavesTheOther) {
  const auto name = tag();
  const auto first = MappedSegment::create(name, 2, false);
  EXPECT_THROW(MappedSegment::create(name, 2, false), MappedSegment::Failure);
  EXPECT_EQ(MappedSegment::open(first.path())->sites, 2U);
}

TEST(ControlSegment, RefusesWhatIsNone) {
  EXPECT_THROW(MappedSegment::open("/etc/hostname"), MappedSegment::Failure);
  EXPECT_THROW(MappedSegment::create(tag(), kMaxSites + 1, false), MappedSegment::Failure);
}

TEST(SharedLateness, BoundsAQuantileWithinAQuarterOfAPowerOfTwo) {
  SharedLateness lateness;
  for (int i = 0; i < 90; ++i) add(lateness, 10us);
  for (int i = 0; i < 10; ++i) add(lateness, 1ms);
  EXPECT_EQ(count(lateness), 100U);
  EXPECT_GE(quantile(lateness, 0.5), 10us);
  EXPECT_LE(quantile(lateness, 0.5), 12us);
  EXPECT_GE(quantile(lateness, 0.99), 1ms);
  reset(lateness);
  EXPECT_EQ(count(lateness), 0U);
  EXPECT_EQ(quantile(lateness, 0.5), 0us);
}

}  // namespace
}  // namespace longhaul::wan
