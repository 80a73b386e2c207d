#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "collectives/vocabulary.hpp"

namespace longhaul {

/// One of several jobs that measure a plan together, each its share of the points. "2/4": the second of four.
struct Shard {
  int index = 1;
  int count = 1;
};

/// @throws UsageError unless it is K/N with 1 ≤ K ≤ N
Shard parse_shard(std::string_view text);
std::string name_of(const Shard& shard);

/// The shard's points, in their order. Points are dealt out after a shuffle that depends on the seed only: dealt out in
/// order, one shard of a sweep over sizes would get all the large ones.
/// @throws UsageError when there are more shards than points
std::vector<Point> points_of(const Shard& shard, std::vector<Point> points, std::uint64_t seed);

}  // namespace longhaul
