#include "results/gate_evidence.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "collectives/counts.hpp"
#include "results/shared_scatter.hpp"
#include "results/soak.hpp"
#include "results/statistics.hpp"

namespace longhaul {
namespace {

/// Launches where every point that was measured, of those that a bound is about, has two.
Level level_of(const std::vector<Replication>& points, const std::vector<bool>& bounded) {
  std::vector<const Replication*> measured;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (bounded[i] && !points[i].rounds.empty()) measured.push_back(&points[i]);
  return measured.empty() ? Level::rounds : common_level(measured);
}

/// Of the baseline, the points that are among these of the run.
std::vector<bool> same_points(const Results& results, const std::vector<bool>& wanted, const Results& baseline) {
  std::set<std::string> keys;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i]) keys.insert(results.points[i].key);
  std::vector<bool> same;
  for (const auto& point : baseline.points) same.push_back(keys.contains(point.key));
  return same;
}

Evidence absent(std::string why) {
  Evidence evidence;
  evidence.missing = std::move(why);
  return evidence;
}

/// A visit's spread of hosts: log of the slowest host's median finish over the median host's. A host is as late as the
/// median of its ranks.
double spread_of(const std::map<std::string, std::vector<double>>& hosts) {
  std::vector<double> finishes;
  for (const auto& [host, ranks] : hosts) finishes.push_back(median(ranks));
  const double typical = median(finishes), slowest = *std::ranges::max_element(finishes);
  return typical > 0 ? std::log(slowest / typical) : unknown_value;
}

/// Finishes of a visit's ranks by host. Another launch may have put a rank elsewhere.
std::map<std::int32_t, std::map<std::string, std::vector<double>>> finishes_by_host(const Results& results) {
  std::map<std::pair<std::int32_t, std::int32_t>, std::string> host_of;
  for (const auto& row : results.ranks) host_of[{row.launch, row.rank}] = row.host;
  std::map<std::int32_t, std::map<std::string, std::vector<double>>> visits;
  for (const auto& row : results.rank_summary) {
    const auto& visit = results.visits[static_cast<std::size_t>(row.visit)];
    if (const auto host = host_of.find({visit.launch, row.rank}); host != host_of.end())
      visits[row.visit][host->second].push_back(row.finish_median);
  }
  return visits;
}

/// A log a visit, or the median of a launch's.
std::vector<std::vector<double>> host_spreads(const Results& results, Level level) {
  std::vector<std::map<std::int32_t, std::vector<double>>> by_launch(results.points.size());
  for (const auto& [number, hosts] : finishes_by_host(results)) {
    if (hosts.size() < 2) continue;
    const auto& visit = results.visits[static_cast<std::size_t>(number)];
    if (const double spread = spread_of(hosts); std::isfinite(spread))
      by_launch[static_cast<std::size_t>(visit.point)][visit.launch].push_back(spread);
  }
  std::vector<std::vector<double>> units(results.points.size());
  for (std::size_t point = 0; point < units.size(); ++point)
    for (const auto& [launch, spreads] : by_launch[point]) {
      if (level == Level::launches)
        units[point].push_back(median(spreads));
      else
        units[point].insert(units[point].end(), spreads.begin(), spreads.end());
    }
  return units;
}

}  // namespace

EvidenceOfRun::EvidenceOfRun(const Results& results, const Results* baseline, const std::vector<bool>& bounded)
    : results_(results) {
  const auto units = replication_of_points(results);
  level_ = level_of(units, bounded);
  times_ = estimates_of(units, level_);
  host_spread_ = host_spreads(results, level_);
  if (!baseline) return;
  has_baseline_ = true;
  const auto golden = replication_of_points(*baseline);
  const auto estimates = estimates_of(golden, level_of(golden, same_points(results, bounded, *baseline)));
  for (std::size_t i = 0; i < estimates.size(); ++i) baseline_.emplace(baseline->points[i].key, estimates[i]);
}

/// Of a duration, or of a rate: `amount` over the duration.
Evidence EvidenceOfRun::of_time(std::size_t point, const Bound& bound, double amount, bool is_rate) const {
  Evidence evidence;
  evidence.estimate = evidence.run = times_[point];
  evidence.threshold = std::log(is_rate ? amount / bound.value : bound.value);
  evidence.more_is_worse = bound.at_least == is_rate;  // a floor of a rate is a ceiling of the time
  evidence.in_units = [amount, is_rate](double log) { return is_rate ? amount / std::exp(log) : std::exp(log); };
  return evidence;
}

Evidence EvidenceOfRun::of_slowdown(std::size_t point, const Bound& bound) const {
  if (!has_baseline_) return absent("no --baseline was given");
  const auto golden = baseline_.find(results_.points[point].key);
  if (golden == baseline_.end()) return absent("the baseline has no such point");
  Evidence evidence;
  evidence.baseline = golden->second;
  evidence.run = times_[point];
  evidence.estimate = difference(evidence.baseline, evidence.run);
  evidence.threshold = std::log1p(bound.value);
  evidence.in_units = [](double log) { return std::expm1(log); };
  return evidence;
}

Evidence EvidenceOfRun::of_host_spread(std::size_t point, const Bound& bound) const {
  Evidence evidence;
  evidence.estimate = evidence.run = estimate(host_spread_[point]);
  if (evidence.estimate.units == 0) return absent("no visit tells when two hosts or more finished");
  evidence.threshold = std::log1p(bound.value);
  evidence.in_units = [](double log) { return std::expm1(log); };
  return evidence;
}

Evidence EvidenceOfRun::of_events(std::size_t point, const Bound& bound) const {
  constexpr double shortest = 1e-3;  // what is sooner is no sooner, and has a logarithm
  std::vector<double> units;
  for (const auto& event : disturbances(results_, results_.points[point].point)) {
    const double value = bound.quantity == Quantity::recovery ? event.recovery : event.stall;
    if (!std::isnan(value)) units.push_back(std::log(std::max(value, shortest)));
  }
  Evidence evidence;
  evidence.estimate = evidence.run = estimate(units);
  if (evidence.estimate.units == 0) return absent("no event was felt; a soak with --events gives some");
  evidence.threshold = std::log(bound.value);
  evidence.in_units = [](double log) { return std::exp(log); };
  return evidence;
}

Evidence EvidenceOfRun::of(std::size_t point, const Bound& bound) const {
  const auto& row = results_.points[point];
  const auto moved = static_cast<double>(row.moved);
  switch (bound.quantity) {
    case Quantity::time: return of_time(point, bound, 1, false);
    case Quantity::algbw: return of_time(point, bound, moved, true);
    case Quantity::busbw: {
      const double factor = row.ranks > 0 ? bus_factor(parse_operation(row.operation), row.ranks) : 0;
      return factor > 0 ? of_time(point, bound, moved * factor, true) : absent("one rank has no bus bandwidth");
    }
    case Quantity::link_share: {
      if (!(row.wire_limit > 0)) return absent("the limit of the links between sites is not known");
      if (!(row.wire_rate > 0)) return absent("nothing crossed between sites");
      auto evidence = of_time(point, bound, row.wire_rate * row.median / row.wire_limit, true);
      evidence.is_bound = row.wire_rate_is_bound != 0;
      return evidence;
    }
    case Quantity::slowdown: return of_slowdown(point, bound);
    case Quantity::host_spread: return of_host_spread(point, bound);
    case Quantity::recovery:
    case Quantity::stall: return of_events(point, bound);
  }
  return absent("not known");
}

}  // namespace longhaul
