#include "results/rate_scale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace longhaul {
namespace {

std::string joined_scales(const std::vector<std::string>& scales) {
  return fmt::format("{}", fmt::join(scales, " | "));
}

/// Each once, in the order of the launches.
void add_scale(std::vector<std::string>& scales, const LaunchRow& launch) {
  if (auto scale = rate_scale(launch); std::ranges::find(scales, scale) == scales.end())
    scales.push_back(std::move(scale));
}

}  // namespace

std::string rate_scale(const LaunchRow& launch) {
  return launch.scale == uncapped_scale ? "uncapped" : fmt::format("1:{}", launch.scale);
}

std::string rate_scale(const Results& results) {
  if (std::ranges::all_of(results.launches, [](const LaunchRow& launch) { return launch.scale == 1; })) return "";
  std::vector<std::string> scales;
  for (const auto& launch : results.launches) add_scale(scales, launch);
  return joined_scales(scales);
}

std::vector<std::string> rate_scales_of_points(const Results& results) {
  std::vector<std::set<std::size_t>> visitors(results.points.size());
  for (const auto& visit : results.visits) {
    const auto point = static_cast<std::size_t>(visit.point), launch = static_cast<std::size_t>(visit.launch);
    if (point < visitors.size() && launch < results.launches.size()) visitors[point].insert(launch);
  }
  std::vector<std::string> all;
  for (const auto& launches : visitors) {
    std::vector<std::string> scales;
    for (const auto launch : launches) add_scale(scales, results.launches[launch]);
    all.push_back(scales.empty() ? rate_scale(results) : joined_scales(scales));
  }
  return all;
}

}  // namespace longhaul
