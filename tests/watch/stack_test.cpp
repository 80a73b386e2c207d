#include "harness/watch/stack.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace longhaul {
namespace {

TEST(Stack, TellsWhereAnotherThreadIsStuck) {
  prepare_stacks();
  std::mutex mutex;
  std::condition_variable wake;
  bool stuck = false, over = false;
  std::thread thread([&] {
    std::unique_lock lock(mutex);
    stuck = true;
    wake.notify_all();
    wake.wait(lock, [&] { return over; });
  });
  {
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return stuck; });
  }
  const auto stack = stack_of(thread.native_handle());
  {
    const std::lock_guard lock(mutex);
    over = true;
  }
  wake.notify_all();
  thread.join();
  EXPECT_THAT(stack, ::testing::HasSubstr("pthread_cond_wait"));
  EXPECT_THAT(stack, ::testing::HasSubstr("libc.so.6"));
}

}  // namespace
}  // namespace longhaul
