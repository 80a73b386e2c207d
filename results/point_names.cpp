#include "results/point_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "results/report_summary.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

using AxisWords = std::string (*)(const PointRow&);

/// An axis each, in the words of a sentence.
constexpr std::array<AxisWords, 9> kFurtherAxes{
    [](const PointRow& point) { return point.type; },
    [](const PointRow& point) { return point.reduce_op; },
    [](const PointRow& point) { return std::string(point.in_place ? "in place" : "out of place"); },
    [](const PointRow& point) { return point.mode; },
    [](const PointRow& point) { return point.backend; },
    [](const PointRow& point) { return fmt::format("{} ranks", point.ranks); },
    [](const PointRow& point) { return point.placement; },
    [](const PointRow& point) { return point.settings == "default" ? "default settings" : point.settings; },
    [](const PointRow& point) { return point.load > 0 ? fmt::format("load {}", point.load) : "no load"; },
};

}  // namespace

PointNames::PointNames(std::span<const PointRow> points) {
  std::map<std::string, std::array<std::string, kFurtherAxes.size()>> first;  // words, by collective
  for (const auto& point : points) {
    const auto [found, is_new] = first.try_emplace(point.operation);
    for (std::size_t axis = 0; axis < kFurtherAxes.size(); ++axis) {
      auto words = kFurtherAxes[axis](point);
      if (is_new)
        found->second[axis] = std::move(words);
      else if (words != found->second[axis])
        varying_[point.operation].insert(axis);
    }
  }
}

std::string PointNames::rest(const PointRow& point) const {
  const auto varying = varying_.find(point.operation);
  if (varying == varying_.end()) return {};
  std::vector<std::string> words;
  for (const auto axis : varying->second)
    if (auto word = kFurtherAxes[axis](point); !word.empty()) words.push_back(std::move(word));
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string PointNames::of(const PointRow& point) const {
  const auto more = rest(point);
  return fmt::format("{} {} of {} at {}{}", point.algorithm, point.operation,
                     format_bytes({static_cast<std::uint64_t>(std::max<std::int64_t>(point.size, 0))}),
                     wan_label(point.wan), more.empty() ? "" : " (" + more + ")");
}

}  // namespace longhaul
