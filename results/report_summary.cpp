#include "results/report_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "collectives/counts.hpp"
#include "results/statistics.hpp"

namespace longhaul {

namespace {

/// Rows of points by their number, and of visits likewise: numbers need not be places once files are joined.
template <class Row>
std::unordered_map<int, const Row*> by_number(const std::vector<Row>& rows, std::int32_t Row::*number) {
  std::unordered_map<int, const Row*> index;
  for (const auto& row : rows) index.emplace(row.*number, &row);
  return index;
}

/// WAN setting of each visit.
std::unordered_map<int, std::string> wan_of_visits(const Results& results) {
  const auto points = by_number(results.points, &PointRow::point);
  std::unordered_map<int, std::string> wan;
  for (const auto& visit : results.visits)
    if (const auto point = points.find(visit.point); point != points.end())
      wan.emplace(visit.visit, point->second->wan);
  return wan;
}

/// Sites that hold ranks; empty where the file does not say.
std::set<std::string> used_sites(const Results& results) {
  std::set<std::string> sites;
  for (const auto& rank : results.ranks) sites.insert(rank.site);
  return sites;
}

bool needs_every_rank(Operation operation) {
  switch (operation) {
    case Operation::all_reduce:
    case Operation::all_gather:
    case Operation::reduce_scatter:
    case Operation::all_to_all: return true;
    case Operation::broadcast:
    case Operation::reduce:
    case Operation::send_recv: return false;
  }
  return false;
}

/// Time the bytes that must leave the busier of two sites take at the link's rate; 0 where unknown or with other than
/// two sites, whose cuts may differ.
double least_transfer(Operation operation, const PointRow& point, const std::vector<int>& sites) {
  if (sites.size() != 2 || !(point.wire_limit > 0) || point.moved < 0) return 0;
  const Bytes moved{static_cast<std::uint64_t>(point.moved)};
  Bytes least{};
  for (const int ranks : sites)
    least = std::max(least, least_bytes_between_sites(operation, moved, ranks, point.ranks));
  return static_cast<double>(least.count) / point.wire_limit;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "+10ms" → "+10 ms", "x2" → "×2"; a name stays as it is.
std::string value_label(std::string_view value) {
  if (value.size() > 1 && value[0] == 'x' && is_digit(value[1])) return "×" + std::string(value.substr(1));
  if (value.empty() || !(value[0] == '+' || is_digit(value[0]))) return std::string(value);
  const auto unit = value.find_last_of("0123456789") + 1;
  if (unit == 0 || unit == value.size()) return std::string(value);
  return fmt::format("{} {}", value.substr(0, unit), value.substr(unit));
}

/// Up to the '/' behind which another pair of sites stands; that of "Gbit/s" is none.
std::string_view first_pair(std::string_view id) {
  auto end = id.find('/');
  while (end != std::string_view::npos && id.substr(0, end).ends_with("bit")) end = id.find('/', end + 1);
  return id.substr(0, end);
}

/// "jitter=1ms" → "jitter 1 ms"
std::string quality_label(std::string_view quality) {
  const auto equals = quality.find('=');
  if (equals == std::string_view::npos) return std::string(quality);
  return fmt::format("{} {}", quality.substr(0, equals), value_label(quality.substr(equals + 1)));
}

std::string pair_label(std::string_view pair) {
  auto colon = pair.find(':');
  const auto delay = pair.substr(0, colon);
  const auto equals = delay.find('=');
  std::string label = equals == std::string_view::npos
                          ? value_label(delay)
                          : fmt::format("{} = {}", delay.substr(0, equals), value_label(delay.substr(equals + 1)));
  while (colon != std::string_view::npos) {
    const auto next = pair.find(':', colon + 1);
    label += ", " + quality_label(pair.substr(colon + 1, next - colon - 1));
    colon = next;
  }
  return label;
}

}  // namespace

std::string wan_label(std::string_view id) {
  std::string label;
  while (!id.empty()) {
    const auto part = first_pair(id);
    id.remove_prefix(std::min(id.size(), part.size() + 1));
    if (!label.empty()) label += ", ";
    label += pair_label(part);
  }
  return label;
}

std::vector<WanSummary> wan_settings(const Results& results) {
  const auto sites = used_sites(results);
  std::vector<WanSummary> settings;
  for (const auto& point : results.points) {
    const auto same = [&](const WanSummary& setting) { return setting.id == point.wan; };
    if (std::any_of(settings.begin(), settings.end(), same)) continue;
    WanSummary setting{point.wan, wan_label(point.wan)};
    for (const auto& row : results.wan) {
      if (row.wan != point.wan || !std::isfinite(row.rtt)) continue;
      if (!sites.empty() && !(sites.contains(row.site_a) && sites.contains(row.site_b))) continue;
      setting.rtt = std::isnan(setting.rtt) ? row.rtt : std::max(setting.rtt, row.rtt);
      setting.nearest = std::isnan(setting.nearest) ? row.rtt : std::min(setting.nearest, row.rtt);
    }
    settings.push_back(setting);
  }
  std::stable_sort(settings.begin(), settings.end(), [](const WanSummary& a, const WanSummary& b) {
    return (std::isnan(a.rtt) ? -1 : a.rtt) < (std::isnan(b.rtt) ? -1 : b.rtt);
  });
  return settings;
}

std::vector<PairSummary> pair_summaries(const Results& results) {
  const auto wan_of = wan_of_visits(results);
  std::vector<PairSummary> summaries;
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> places;
  for (const auto& row : results.pairs) {
    const auto wan = wan_of.find(row.visit);
    if (wan == wan_of.end() || !std::isfinite(row.measured_rtt)) continue;
    const auto [place, is_new] = places.try_emplace({wan->second, row.site_a, row.site_b}, summaries.size());
    if (is_new) summaries.push_back({wan->second, row.site_a, row.site_b, row.configured_rtt, 0, 0, 0, {}});
    summaries[place->second].measured.push_back(row.measured_rtt);
  }
  for (auto& summary : summaries) {
    const auto [low, high] = std::minmax_element(summary.measured.begin(), summary.measured.end());
    summary.low = *low;
    summary.high = *high;
    summary.median = median(summary.measured);
  }
  return summaries;
}

std::vector<LinkSummary> link_summaries(const Results& results) {
  const auto wan_of = wan_of_visits(results);
  std::map<std::tuple<std::string, std::string, std::string, std::string, int>, LinkSummary> links;
  for (const auto& row : results.links) {
    const auto wan = wan_of.find(row.visit);
    if (wan == wan_of.end()) continue;
    auto& link = links[{wan->second, row.link, row.from, row.to, row.member}];
    link.visits += 1;
    link.visits_with_drops += row.drops > 0;
    link.bytes += row.bytes;
    link.packets += row.packets;
    link.drops += row.drops;
    link.queue_max = std::max(link.queue_max, row.queue_max);
    link.rate = row.rate;
  }
  std::vector<LinkSummary> summaries;
  for (auto& [key, link] : links) {
    std::tie(link.wan, link.link, link.from, link.to, link.member) = key;
    summaries.push_back(link);
  }
  return summaries;
}

bool PointMarks::doubtful() const {
  return wrong_data > 0 || wan_not_felt > 0 || mostly(late_release) || mostly(clock_limited) || mostly(throttled);
}

std::vector<PointMarks> point_marks(const Results& results) {
  std::unordered_map<int, std::size_t> places;
  for (std::size_t i = 0; i < results.points.size(); ++i) places.emplace(results.points[i].point, i);
  std::vector<PointMarks> marks(results.points.size());
  for (const auto& visit : results.visits) {
    const auto place = places.find(visit.point);
    if (place == places.end()) continue;
    auto& point = marks[place->second];
    const auto has = [&visit](VisitFlag flag) { return (visit.flags & flag) != 0; };
    point.visits += 1;
    point.late_release += has(flag_late_release);
    point.clock_limited += has(flag_clock_limited);
    point.wrong_data += has(flag_wrong_data) || visit.wrong > 0;
    point.wan_not_felt += has(flag_wan_not_felt);
    point.oversubscribed += has(flag_oversubscribed);
    point.interrupted += has(flag_interrupted);
    point.throttled += has(flag_throttled);
  }
  return marks;
}

std::vector<int> ranks_per_site(std::string_view placement) {
  std::map<std::string, int, std::less<>> sites;
  std::size_t i = 0;
  while (i < placement.size()) {
    int count = 0;
    while (i < placement.size() && is_digit(placement[i])) count = 10 * count + (placement[i++] - '0');
    const auto letters = i;
    while (i < placement.size() && placement[i] != ',') ++i;
    sites[std::string(placement.substr(letters, i - letters))] += count;
    ++i;  // the comma
  }
  std::vector<int> counts;
  for (const auto& [site, count] : sites) counts.push_back(count);
  return counts;
}

double least_time(const PointRow& point, const WanSummary& wan) {
  const auto sites = ranks_per_site(point.placement);
  if (sites.size() < 2) return 0;
  const auto operation = parse_operation(point.operation);
  const bool back_to_back = parse_mode(point.mode) != Mode::latency;
  const bool everyone = needs_every_rank(operation);
  const double rtt = everyone ? wan.rtt : (back_to_back ? 0 : wan.nearest);
  const double flight = std::isfinite(rtt) ? rtt / 2 : 0;
  const double transfer = least_transfer(operation, point, sites);
  return back_to_back ? std::max(flight, transfer) : flight + transfer;
}

}  // namespace longhaul
