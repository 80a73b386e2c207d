#include "harness/watch/host_board.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "harness/watch/rank_state.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

std::string own_name() { return "/longhaul-test-" + std::to_string(::getpid()); }

}  // namespace

TEST(HostBoard, IsTheOwnersAloneAndItsNameGoes) {
  const auto name = own_name();
  auto board = HostBoard::create(name, 2);
  struct stat status {};
  ASSERT_EQ(::stat(("/dev/shm" + name).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(status.st_uid, ::geteuid());
  EXPECT_THROW(HostBoard::create(name, 2), EnvironmentError);  // nobody else's memory is taken for ours
  auto same = HostBoard::open(name, 2);
  HostBoard::remove_name(name);
  EXPECT_NE(::stat(("/dev/shm" + name).c_str(), &status), 0);
  board.slot(1).progress.sequence.store(7);
  EXPECT_EQ(same.slot(1).progress.sequence.load(), 7u);
}

TEST(HostBoard, AnOrderWakesWhoWaitsForIt) {
  BoardSlot slot;
  std::thread watcher([&] { give_order(slot, Order::tell_stack); });
  EXPECT_EQ(order_of(wait_for_order(slot, 0)), Order::tell_stack);
  watcher.join();
}

TEST(HostBoard, TheSameOrderTwiceIsTwo) {
  BoardSlot slot;
  const auto first = give_order(slot, Order::tell_stack);
  EXPECT_EQ(wait_for_order(slot, 0), first);
  const auto second = give_order(slot, Order::tell_stack);
  EXPECT_NE(second, first);
  EXPECT_EQ(wait_for_order(slot, first), second);
}

TEST(HostBoard, NoOrderTakesThePlaceOfTheLast) {
  BoardSlot slot;
  const auto end = give_order(slot, Order::end);
  EXPECT_EQ(give_order(slot, Order::tell_stack), end);
  EXPECT_EQ(order_of(wait_for_order(slot, 0)), Order::end);
}

TEST(RankState, ReadsTheKernelsLetters) {
  EXPECT_EQ(state_of_stat("12 (a) b) T 1 2"), "stopped");
  EXPECT_EQ(state_of_stat("12 (longhaul) D 1"), "waiting for a device");
  EXPECT_EQ(state_of_stat("12 (longhaul) S 1"), "sleeping");
  EXPECT_EQ(state_of_stat("12 (longhaul) Z 1"), "gone");
  EXPECT_EQ(state_of_stat(""), "gone");
  EXPECT_EQ(process_state(::getpid()), "running");
}

}  // namespace longhaul
