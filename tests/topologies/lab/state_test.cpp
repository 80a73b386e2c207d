#include "topologies/lab/state.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "sample_topology.hpp"
#include "topologies/error.hpp"
#include "topologies/lab/core.hpp"

namespace longhaul {
namespace {

namespace fs = std::filesystem;

bool among(const fs::path& folder, const std::vector<std::string>& folders) {
  return std::find(folders.begin(), folders.end(), folder.string()) != folders.end();
}

/// A state folder of these tests alone: other labs of the machine clean, too, and so does one of these tests.
class State : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ::setenv("XDG_RUNTIME_DIR", ::testing::TempDir().c_str(), 1);
    if (::geteuid() == 0 && ::unshare(CLONE_NEWNS) == 0 &&
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0)
      ::mount("tmpfs", "/run", "tmpfs", 0, nullptr);
  }
};

TEST_F(State, AFolderIsPrivateAndGoesWithItsOwner) {
  fs::path path;
  {
    const StateFolder state;
    path = state.path();
    EXPECT_TRUE(state.id().starts_with("lab-"));
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    EXPECT_EQ(path.parent_path(), state_root());
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(State, CleaningSparesTheLivingAndRemovesTheDead) {
  const StateFolder living;
  const auto dead = state_root() / "lab-dead00";
  fs::create_directory(dead);
  std::ofstream(dead / "lab.json") << "{}";
  const auto other = state_root() / "not-a-lab";
  fs::create_directory(other);
  const auto removed = clean_labs();
  EXPECT_TRUE(among(dead, removed));
  EXPECT_FALSE(among(living.path(), removed));
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(living.path()));
  EXPECT_TRUE(fs::exists(other));
  fs::remove(other);
}

TEST_F(State, AFolderInTheMakingIsNotTakenForADeadOnes) {
  std::atomic<bool> over = false;
  std::thread cleaner([&] {
    while (!over) clean_labs();
  });
  int gone = 0;
  for (int i = 0; i < 2000; ++i) {
    const StateFolder state;
    gone += fs::exists(state.path() / "lock") ? 0 : 1;
  }
  over = true;
  cleaner.join();
  EXPECT_EQ(gone, 0);
}

TEST_F(State, KnowsWhichLabsLive) {
  const StateFolder living;
  const auto dead = state_root() / "lab-dead01";
  fs::create_directory(dead);
  const auto live = live_labs();
  EXPECT_NE(std::find(live.begin(), live.end(), living.path()), live.end());
  EXPECT_EQ(std::find(live.begin(), live.end(), dead), live.end());
  fs::remove(dead);
}

TEST_F(State, AFabricAndItsDoorsAreReadBack) {
  const StateFolder state;
  auto fabric = sample_fabric();
  fabric.folder = state.path();
  write_fabric(fabric, {4711, 4026531836UL, {{3, 4, 5, 6}, {7, 8, 9, 10}}});
  EXPECT_EQ(read_fabric(state.path()).hosts.size(), 2u);
  const auto doors = read_doors(state.path());
  EXPECT_EQ(doors.outer_pid, 4711);
  EXPECT_EQ(doors.pid_namespace, 4026531836UL);
  ASSERT_EQ(doors.doors.size(), 2u);
  EXPECT_EQ(doors.doors[1].net, 7);
  EXPECT_EQ(doors.doors[1].ipc, 9);
  EXPECT_EQ(doors.doors[1].mnt, 10);
  ::setenv("LONGHAUL_LAB", state.path().c_str(), 1);
  ASSERT_TRUE(current_lab());
  EXPECT_EQ(current_lab()->id, "lab-Ab12Cd");
  ::unsetenv("LONGHAUL_LAB");
}

TEST_F(State, WithoutALabThereIsNoCurrentOne) {
  ::unsetenv("LONGHAUL_LAB");
  EXPECT_FALSE(current_lab());
}

TEST_F(State, ALabThatIsGoneOrBrokenIsAnEnvironmentError) {
  EXPECT_THROW(read_fabric("/nonexistent/lab-x"), EnvironmentError);
  const StateFolder state;
  std::ofstream(state.path() / "lab.json") << "{\"id\": 7";
  EXPECT_THROW(read_fabric(state.path()), EnvironmentError);
  EXPECT_THROW(connect_lab(sample_fabric()), EnvironmentError);
}

TEST(CoreMask, IsWordsOfThirtyTwoBitsHighestFirst) {
  EXPECT_EQ(core_mask(1), "1");
  EXPECT_EQ(core_mask(2), "3");
  EXPECT_EQ(core_mask(32), "ffffffff");
  EXPECT_EQ(core_mask(36), "f,ffffffff");
  EXPECT_EQ(core_mask(64), "ffffffff,ffffffff");
}

}  // namespace
}  // namespace longhaul
