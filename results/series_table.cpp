#include "results/series_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "results/curves.hpp"
#include "results/flags.hpp"
#include "results/rate_scale.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

constexpr const char* kNoValue = "–";

std::string significant(double value) { return std::isnan(value) ? kNoValue : format_significant(value); }

/// Half the interval's width as a share of the median.
std::string precision(const PointRow& point) {
  const double share = (point.ci_high - point.ci_low) / 2 / point.median;
  return std::isfinite(share) ? fmt::format("{:.1f}", 100 * share) : kNoValue;
}

bool wire_share_is_known(const PointRow& point) { return point.wire_rate / point.wire_limit >= 0; }

std::string wire_share(const PointRow& point) {
  if (!wire_share_is_known(point)) return kNoValue;
  const auto share = fmt::format("{:.1f}", 100 * point.wire_rate / point.wire_limit);
  return point.wire_rate_is_bound ? "≥ " + share : share;
}

std::vector<TextTable::Column> columns(bool with_wire) {
  using Align = TextTable::Align;
  std::vector<TextTable::Column> columns{{"WAN RTT", Align::left},     {"size", Align::right},
                                         {"time µs", Align::right},    {"± %", Align::right},
                                         {"algbw GB/s", Align::right}, {"busbw GB/s", Align::right}};
  if (with_wire) columns.push_back({"link %", Align::right});
  columns.push_back({"samples", Align::right});
  columns.push_back({"notes", Align::left});
  return columns;
}

std::vector<std::string> cells(const PointRow& point, std::int32_t flags, bool with_wire) {
  std::vector<std::string> row{point.wan,
                               format_bytes({static_cast<std::uint64_t>(point.size)}),
                               significant(point.median * 1e6),
                               precision(point),
                               significant(point.algbw / 1e9),
                               significant(point.busbw / 1e9)};
  if (with_wire) row.push_back(wire_share(point));
  row.push_back(std::to_string(point.samples));
  row.push_back(marks(point, flags));
  return row;
}

/// A condition that holds throughout is said once, above the tables.
bool oversubscribed_throughout(const Results& results) {
  return !results.visits.empty() && std::ranges::all_of(results.visits, [](const VisitRow& visit) {
    return (visit.flags & flag_oversubscribed) != 0;
  });
}

SeriesTable series_table(const Curve& curve, const std::vector<PointRow>& points,
                         const std::vector<std::int32_t>& flags) {
  std::vector<std::size_t> rows;
  for (const auto index : curve.points)
    if (index >= 0) rows.push_back(static_cast<std::size_t>(index));
  const bool with_wire =
      std::any_of(rows.begin(), rows.end(), [&](auto row) { return wire_share_is_known(points[row]); });
  SeriesTable series{series_title(curve.series), {columns(with_wire), {}}};
  for (const auto row : rows) series.table.rows.push_back(cells(points[row], flags[row], with_wire));
  return series;
}

}  // namespace

std::vector<SeriesTable> series_tables(const Results& results) {
  auto flags = flags_of_points(results);
  if (oversubscribed_throughout(results))
    for (auto& of_point : flags) of_point &= ~flag_oversubscribed;
  std::vector<SeriesTable> tables;
  for (const auto& curve : curves_of(results.points)) tables.push_back(series_table(curve, results.points, flags));
  return tables;
}

std::vector<std::string> conditions(const Results& results) {
  std::vector<std::string> lines;
  for (const auto& launch : results.launches) {
    auto line = fmt::format("{} · {} · {} · {} {} at {} {}", launch.topology.empty() ? "no topology" : launch.topology,
                            launch.library, launch.device, launch.ranks, launch.ranks == 1 ? "rank" : "ranks",
                            launch.sites, launch.sites == 1 ? "site" : "sites");
    if (launch.wan_engine == "lab") line += " · emulated in the lab";
    if (launch.scale != 1) line += fmt::format(", rates {}, delays 1:1", rate_scale(launch));
    if (oversubscribed_throughout(results)) line += " · more ranks than cores";
    if (!launch.flags.empty()) line += fmt::format(" · {}", launch.flags);
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
  }
  return lines;
}

std::string tally(const Results& results) {
  const auto count = [&](auto&& is) { return std::count_if(results.points.begin(), results.points.end(), is); };
  const auto converged = count([](const PointRow& point) { return point.converged != 0; });
  const auto wrong = count([](const PointRow& point) { return point.wrong > 0; });
  const auto points = static_cast<std::ptrdiff_t>(results.points.size());
  auto text = fmt::format("{} {}: {} converged", points, points == 1 ? "point" : "points", converged);
  if (converged < points) text += fmt::format(", {} not converged", points - converged);
  if (wrong > 0) text += fmt::format(", {} with wrong data", wrong);
  return text;
}

}  // namespace longhaul
