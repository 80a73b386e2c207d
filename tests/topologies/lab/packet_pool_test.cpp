#include "topologies/lab/packet_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

namespace longhaul {
namespace {

/// Fills scratch with `size` bytes of this value and keeps them.
std::uint64_t keep(PacketPool& pool, std::size_t size, unsigned char value) {
  std::fill_n(pool.scratch().begin(), size, static_cast<std::byte>(value));
  return pool.keep(size);
}

bool holds(const PacketPool& pool, std::uint64_t handle, std::size_t size, unsigned char value) {
  const auto bytes = pool.at(handle);
  return bytes.size() == size &&
         std::all_of(bytes.begin(), bytes.end(), [&](std::byte byte) { return byte == static_cast<std::byte>(value); });
}

}  // namespace

TEST(PacketPool, KeepsWhatWasReadWhileTheNextIsRead) {
  PacketPool pool(65546);
  for (const std::size_t size : {60u, 2048u, 2049u, 16384u, 16385u, 65546u}) {
    const auto first = keep(pool, size, 1);
    const auto second = keep(pool, size, 2);
    EXPECT_TRUE(holds(pool, first, size, 1)) << size;
    EXPECT_TRUE(holds(pool, second, size, 2)) << size;
    pool.release(first);
    pool.release(second);
  }
}

TEST(PacketPool, UsesNoMemoryOnceAllIsReleased) {
  PacketPool pool(65546);
  const auto small = keep(pool, 60, 1);
  EXPECT_EQ(pool.bytes_in_use(), 2048u);
  const auto large = keep(pool, 65000, 1);
  EXPECT_EQ(pool.bytes_in_use(), 2048u + 65546u);
  pool.release(small);
  pool.release(large);
  EXPECT_EQ(pool.bytes_in_use(), 0u);
}

TEST(PacketPool, NeverMixesPacketsUpUnderRandomTraffic) {
  PacketPool pool(65546);
  std::mt19937 random(7);
  struct Kept {
    std::uint64_t handle;
    std::size_t size;
    unsigned char value;
  };
  std::deque<Kept> kept;
  for (int i = 0; i < 5000; ++i) {
    if (!kept.empty() && random() % 2 == 0) {
      const auto at = random() % kept.size();
      ASSERT_TRUE(holds(pool, kept[at].handle, kept[at].size, kept[at].value));
      pool.release(kept[at].handle);
      kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      const std::size_t size = 1 + random() % (random() % 4 == 0 ? 65546 : 3000);
      const auto value = static_cast<unsigned char>(random());
      kept.push_back({keep(pool, size, value), size, value});
    }
  }
}

}  // namespace longhaul
