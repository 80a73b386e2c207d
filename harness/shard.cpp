#include "harness/shard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "harness/schedule.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

int number_of(std::string_view text) {
  int number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc{} && end == text.data() + text.size() ? number : 0;
}

}  // namespace

Shard parse_shard(std::string_view text) {
  const auto slash = std::min(text.find('/'), text.size());
  const Shard shard{number_of(text.substr(0, slash)), slash < text.size() ? number_of(text.substr(slash + 1)) : 0};
  if (shard.index < 1 || shard.count < shard.index)
    throw UsageError("bad shard '{}'; expected K/N with 1 ≤ K ≤ N, such as 2/4", text);
  return shard;
}

std::string name_of(const Shard& shard) { return fmt::format("{}/{}", shard.index, shard.count); }

std::vector<Point> points_of(const Shard& shard, std::vector<Point> points, std::uint64_t seed) {
  if (shard.count == 1) return points;
  const auto count = static_cast<std::size_t>(shard.count);
  if (points.size() < count)
    throw UsageError("{} shards of a plan that has {} points; expected at most one shard a point", shard.count,
                     points.size());
  const auto order = visit_order(points.size(), seed, 0, 0);
  std::vector<std::size_t> mine;
  for (auto at = static_cast<std::size_t>(shard.index - 1); at < order.size(); at += count) mine.push_back(order[at]);
  std::ranges::sort(mine);
  std::vector<Point> kept;
  for (const auto at : mine) kept.push_back(points[at]);
  return kept;
}

}  // namespace longhaul
