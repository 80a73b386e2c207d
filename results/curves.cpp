#include "results/curves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

namespace longhaul {
namespace {

template <class Value>
std::size_t position(const std::vector<Value>& values, const Value& value) {
  return static_cast<std::size_t>(std::find(values.begin(), values.end(), value) - values.begin());
}

Curve curve_of(const std::vector<PointRow>& points, const std::vector<std::size_t>& members) {
  Curve curve{points[members.front()], {}, {}, {}};
  for (const auto member : members) {
    const PointRow& point = points[member];
    if (position(curve.wans, point.wan) == curve.wans.size()) curve.wans.push_back(point.wan);
    if (position(curve.sizes, point.size) == curve.sizes.size()) curve.sizes.push_back(point.size);
  }
  std::sort(curve.sizes.begin(), curve.sizes.end());
  curve.points.assign(curve.wans.size() * curve.sizes.size(), -1);
  for (const auto member : members) {
    const PointRow& point = points[member];
    const std::size_t cell = position(curve.wans, point.wan) * curve.sizes.size() + position(curve.sizes, point.size);
    curve.points[cell] = static_cast<std::ptrdiff_t>(member);
  }
  return curve;
}

}  // namespace

std::string series_name(const PointRow& point) {
  std::string name = fmt::format("{}.{}.{}.{}.{}.{}.{}.{}.{}", point.operation, point.algorithm, point.type,
                                 point.reduce_op, point.in_place ? "in-place" : "out-of-place", point.mode,
                                 point.backend, point.ranks, point.placement);
  if (point.settings != "default") name += "." + point.settings;
  if (point.load > 0) name += fmt::format(".load-{}", point.load);
  for (char& letter : name)
    if (!std::isalnum(static_cast<unsigned char>(letter)) && letter != '_' && letter != '.') letter = '-';
  return name;
}

std::string series_title(const PointRow& point) {
  const bool reduces = !point.reduce_op.empty() && point.reduce_op != "none";
  std::string title =
      fmt::format("{} · {} · {}{}{} · {} · {} · {} · {} {}", point.operation, point.algorithm, point.type,
                  reduces ? " " : "", reduces ? point.reduce_op : "", point.in_place ? "in place" : "out of place",
                  point.mode, point.backend, point.ranks, point.ranks == 1 ? "rank" : "ranks");
  if (!point.placement.empty()) title += fmt::format(" ({})", point.placement);
  if (point.settings != "default") title += " · " + point.settings;
  if (point.load > 0) title += fmt::format(" · load {}", point.load);
  return title;
}

std::vector<Curve> curves_of(const std::vector<PointRow>& points) {
  std::vector<std::vector<std::size_t>> series;
  std::map<std::string, std::size_t> series_by_name;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto [entry, is_new] = series_by_name.try_emplace(series_name(points[i]), series.size());
    if (is_new) series.emplace_back();
    series[entry->second].push_back(i);
  }
  std::vector<Curve> curves;
  for (const auto& members : series) curves.push_back(curve_of(points, members));
  return curves;
}

}  // namespace longhaul
