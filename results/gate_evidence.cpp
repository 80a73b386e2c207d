#include "results/gate_evidence.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "collectives/counts.hpp"
#include "results/shared_scatter.hpp"
#include "results/soak.hpp"
#include "results/statistics.hpp"

namespace longhaul {
namespace {

/// Launches where every point that was measured has two.
Level level_of(const std::vector<Replication>& points) {
  std::vector<const Replication*> measured;
  for (const auto& point : points)
    if (!point.rounds.empty()) measured.push_back(&point);
  return measured.empty() ? Level::rounds : common_level(measured);
}

Evidence absent(std::string why) {
  Evidence evidence;
  evidence.missing = std::move(why);
  return evidence;
}

std::vector<std::string> hosts_by_rank(const Results& results) {
  std::vector<std::string> hosts;
  for (const auto& rank : results.ranks) {
    if (rank.rank < 0) continue;
    const auto place = static_cast<std::size_t>(rank.rank);
    if (hosts.size() <= place) hosts.resize(place + 1);
    hosts[place] = rank.host;
  }
  return hosts;
}

/// A visit's spread of hosts: log of the slowest host's median finish over the median host's. A host is as late as the
/// median of its ranks.
double spread_of(const std::map<std::string, std::vector<double>>& hosts) {
  std::vector<double> finishes;
  for (const auto& [host, ranks] : hosts) finishes.push_back(median(ranks));
  const double typical = median(finishes), slowest = *std::ranges::max_element(finishes);
  return typical > 0 ? std::log(slowest / typical) : unknown_value;
}

std::vector<std::vector<double>> host_spreads(const Results& results) {
  const auto hosts = hosts_by_rank(results);
  std::map<std::int32_t, std::map<std::string, std::vector<double>>> visits;
  for (const auto& row : results.rank_summary)
    if (row.rank >= 0 && static_cast<std::size_t>(row.rank) < hosts.size())
      visits[row.visit][hosts[static_cast<std::size_t>(row.rank)]].push_back(row.finish_median);
  std::vector<std::vector<double>> spreads(results.points.size());
  for (const auto& [visit, by_host] : visits) {
    if (by_host.size() < 2) continue;
    const auto point = static_cast<std::size_t>(results.visits[static_cast<std::size_t>(visit)].point);
    if (const double spread = spread_of(by_host); std::isfinite(spread)) spreads[point].push_back(spread);
  }
  return spreads;
}

}  // namespace

EvidenceOfRun::EvidenceOfRun(const Results& results, const Results* baseline)
    : results_(results), host_spread_(host_spreads(results)) {
  const auto units = replication_of_points(results);
  level_ = level_of(units);
  times_ = estimates_of(units, level_);
  if (!baseline) return;
  has_baseline_ = true;
  const auto golden = replication_of_points(*baseline);
  const auto estimates = estimates_of(golden, level_of(golden));
  for (std::size_t i = 0; i < estimates.size(); ++i) baseline_.emplace(baseline->points[i].key, estimates[i]);
}

/// Of a duration, or of a rate: `amount` over the duration.
Evidence EvidenceOfRun::of_time(std::size_t point, const Bound& bound, double amount, bool is_rate) const {
  Evidence evidence;
  evidence.estimate = times_[point];
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
  evidence.estimate = difference(golden->second, times_[point]);
  evidence.threshold = std::log1p(bound.value);
  evidence.in_units = [](double log) { return std::expm1(log); };
  return evidence;
}

Evidence EvidenceOfRun::of_host_spread(std::size_t point, const Bound& bound) const {
  Evidence evidence;
  evidence.estimate = estimate(host_spread_[point]);
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
  evidence.estimate = estimate(units);
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
