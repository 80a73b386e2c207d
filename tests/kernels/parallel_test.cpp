#include "kernels/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace longhaul {
namespace {

TEST(InParallel, TouchesEveryElementOnce) {
  for (const std::size_t count : {0UL, 1UL, 4095UL, 4096UL * 3 + 1, (std::size_t{9} << 20) + 7}) {
    std::vector<std::atomic<char>> touched(count);
    in_parallel(count, 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) ++touched[i];
    });
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(touched[i], 1) << i << " of " << count;
  }
}

}  // namespace
}  // namespace longhaul
