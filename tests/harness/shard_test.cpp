#include "harness/shard.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

std::vector<Point> sizes(std::uint64_t count) {
  std::vector<Point> points;
  for (std::uint64_t i = 1; i <= count; ++i) {
    Point point;
    point.size = {i};
    points.push_back(point);
  }
  return points;
}

}  // namespace

TEST(Shard, ReadsKOfN) {
  EXPECT_EQ(name_of(parse_shard("2/4")), "2/4");
  for (const char* bad : {"", "2", "0/4", "5/4", "2/4/6", "-1/4", "a/b", "2/"})
    EXPECT_THROW(parse_shard(bad), UsageError);
}

TEST(Shard, TogetherTheyHoldEveryPointOnce) {
  std::multiset<std::uint64_t> all;
  for (int shard = 1; shard <= 3; ++shard)
    for (const auto& point : points_of({shard, 3}, sizes(10), 7)) all.insert(point.size.count);
  EXPECT_EQ(all.size(), 10u);
  EXPECT_EQ(std::set<std::uint64_t>(all.begin(), all.end()).size(), 10u);
}

TEST(Shard, DealsOutAfterAShuffleSoThatNoShardGetsEverySecondSize) {
  const auto first = points_of({1, 2}, sizes(12), 1);
  EXPECT_EQ(first.size(), 6u);
  const auto odd = std::ranges::count_if(first, [](const Point& point) { return point.size.count % 2 == 1; });
  EXPECT_GT(odd, 0);
  EXPECT_LT(odd, 6);
}

TEST(Shard, RefusesMoreShardsThanPoints) { EXPECT_THROW(points_of({1, 4}, sizes(3), 1), UsageError); }

}  // namespace longhaul
