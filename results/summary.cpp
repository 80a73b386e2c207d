#include "results/summary.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "collectives/counts.hpp"

namespace longhaul {
namespace {

struct Cut {
  double bytes_per_collective = 0;
  double limit = 0;  ///< 0: unlimited
};

/// Of one visit: directed links (members joined) with what one collective put on them.
std::map<std::pair<std::string, std::string>, Cut> cuts_of(const VisitEvidence& visit) {
  std::map<std::pair<std::string, std::string>, Cut> cuts;
  const double collectives = static_cast<double>(visit.row.sample_count) * visit.row.collectives;
  if (collectives <= 0) return cuts;
  for (const auto& link : visit.links) {
    auto& cut = cuts[{link.from, link.to}];
    cut.bytes_per_collective += static_cast<double>(link.bytes) / collectives;
    cut.limit += link.rate;
  }
  return cuts;
}

void set_percentiles(PointRow& point, const std::vector<double>& durations) {
  point.p90 = supported_quantile(durations, 0.90).value_or(unknown_value);
  point.p99 = supported_quantile(durations, 0.99).value_or(unknown_value);
  point.p999 = supported_quantile(durations, 0.999).value_or(unknown_value);
}

}  // namespace

PointRow row_of(const Point& point) {
  PointRow row;
  row.key = point.key();
  row.operation = name_of(point.operation);
  row.algorithm = name_of(point.algorithm);
  row.type = name_of(point.type);
  row.reduce_op = reduces(point.operation) ? name_of(point.op) : "none";
  row.mode = name_of(point.mode);
  row.wan = point.wan;
  row.backend = point.backend;
  row.placement = point.placement;
  row.settings = point.settings;
  row.load = static_cast<std::int32_t>(point.load);
  row.in_place = point.in_place ? 1 : 0;
  row.ranks = point.ranks;
  row.size = static_cast<std::int64_t>(point.size.count);
  row.moved = static_cast<std::int64_t>(counts_of(point.operation, point.size, point.type, point.ranks).moved.count);
  row.wrong = -1;
  return row;
}

void summarise(PointRow& point, std::span<const VisitEvidence> visits, const std::optional<Interval>& interval,
               bool converged, const std::string& reason) {
  std::vector<double> durations;
  std::set<int> launches;
  std::set<std::pair<int, int>> rounds;
  point.wrong = -1;
  for (const auto& visit : visits) {
    durations.insert(durations.end(), visit.samples.durations.begin(), visit.samples.durations.end());
    launches.insert(visit.row.launch);
    rounds.insert({visit.row.launch, visit.row.round});
    if (visit.row.wrong >= 0) point.wrong = std::max<std::int64_t>(point.wrong, 0) + visit.row.wrong;
  }
  point.launches = static_cast<std::int32_t>(launches.size());
  point.rounds = static_cast<std::int32_t>(rounds.size());
  point.visits = static_cast<std::int32_t>(visits.size());
  point.samples = static_cast<std::int64_t>(durations.size());
  point.reason = point.wrong > 0 ? "wrong data" : reason;
  if (durations.empty()) return;
  point.median = median(durations);
  const auto [least, most] = std::ranges::minmax_element(durations);
  point.minimum = *least;
  point.maximum = *most;
  set_percentiles(point, durations);
  point.ci_low = interval ? interval->low : unknown_value;
  point.ci_high = interval ? interval->high : unknown_value;
  point.confidence = interval ? interval->confidence : unknown_value;
  point.converged = converged && point.wrong <= 0 ? 1 : 0;
  if (point.median <= 0) return;
  const auto algbw = algorithm_bandwidth({static_cast<std::uint64_t>(point.moved)}, from_seconds(point.median));
  point.algbw = algbw.value;
  point.busbw = bus_bandwidth(parse_operation(point.operation), algbw, point.ranks).value;
}

void add_wire_rate(PointRow& point, std::span<const VisitEvidence> visits, std::span<const int> ranks_per_site) {
  std::map<std::pair<std::string, std::string>, std::vector<Cut>> by_link;
  for (const auto& visit : visits)
    for (const auto& [link, cut] : cuts_of(visit)) by_link[link].push_back(cut);
  Cut busiest;
  for (const auto& [link, cuts] : by_link) {
    std::vector<double> bytes;
    for (const auto& cut : cuts) bytes.push_back(cut.bytes_per_collective);
    if (const double typical = median(bytes); typical > busiest.bytes_per_collective)
      busiest = {typical, cuts.front().limit};
  }
  point.wire_rate_is_bound = by_link.empty() ? 1 : 0;
  if (by_link.empty() && ranks_per_site.size() > 1)
    for (const int ranks : ranks_per_site) {
      const auto least = least_bytes_between_sites(parse_operation(point.operation),
                                                   {static_cast<std::uint64_t>(point.moved)}, ranks, point.ranks);
      busiest.bytes_per_collective = std::max(busiest.bytes_per_collective, static_cast<double>(least.count));
    }
  if (busiest.bytes_per_collective <= 0 || !(point.median > 0)) return;
  point.wire_rate = busiest.bytes_per_collective / point.median;
  point.wire_limit = busiest.limit > 0 ? busiest.limit : unknown_value;
}

}  // namespace longhaul
