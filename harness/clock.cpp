#include "harness/clock.hpp"

#include <algorithm>
#include <cmath>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

/// Crystals are good to some 50 ppm and slewing adds to that: what a drift may be before anything is measured.
constexpr double expected_drift = 100e-6;
/// Two sends never take equally long to this: no burst is trusted further, however well its pings agree.
constexpr double least_uncertainty = 100;  // ns

double nanoseconds(Duration duration) { return static_cast<double>(duration.count()); }
Duration rounded(double value) { return Duration{std::llround(value)}; }

Duration round_trip(const Ping& ping) { return ping.received - ping.sent; }
Duration middle(const Ping& ping) { return ping.sent + round_trip(ping) / 2; }
Duration offset_of(const Ping& ping) { return ping.remote - middle(ping); }

/// A quarter of the pings, but three to ten.
std::size_t fastest_count(std::size_t pings) { return std::min(pings, std::clamp<std::size_t>(pings / 4, 3, 10)); }

/// Median difference of the next fastest pings from the fastest.
Duration disagreement(std::span<const Ping> fastest) {
  std::vector<Duration> differences;
  for (const Ping& ping : fastest.subspan(1))
    differences.push_back(std::chrono::abs(offset_of(ping) - offset_of(fastest.front())));
  std::sort(differences.begin(), differences.end());
  const std::size_t count = differences.size();
  return (differences[(count - 1) / 2] + differences[count / 2]) / 2;
}

/// Weighted sums over sync points, taken from the first so that no digits are lost to far origins.
struct Line {
  double weight = 0, time = 0, offset = 0, bound = 0;  ///< total, means
  double time_square = 0, time_offset = 0;             ///< about the means
  double slope = 0;
};

double weight_of(const ClockOffset& point) {
  const double uncertainty = std::max(nanoseconds(point.uncertainty), least_uncertainty);
  return 1 / (uncertainty * uncertainty);
}

Line weighted_line(std::span<const ClockOffset> points) {
  const ClockOffset& first = points.front();
  Line line;
  for (const ClockOffset& point : points) {
    const double weight = weight_of(point);
    line.weight += weight;
    line.time += weight * nanoseconds(point.local - first.local);
    line.offset += weight * nanoseconds(point.offset - first.offset);
    line.bound += weight * nanoseconds(point.bound);
  }
  line.time /= line.weight;
  line.offset /= line.weight;
  line.bound /= line.weight;
  for (const ClockOffset& point : points) {
    const double time = nanoseconds(point.local - first.local) - line.time;
    line.time_square += weight_of(point) * time * time;
    line.time_offset += weight_of(point) * time * (nanoseconds(point.offset - first.offset) - line.offset);
  }
  line.slope = line.time_offset / (line.time_square + 1 / (expected_drift * expected_drift));
  return line;
}

/// How much worse the points fit the line than they claim; 1 where they fit, or are too few to tell.
double misfit(std::span<const ClockOffset> points, const Line& line) {
  if (points.size() < 3) return 1;
  const ClockOffset& first = points.front();
  double squares = 0;
  for (const ClockOffset& point : points) {
    const double time = nanoseconds(point.local - first.local) - line.time;
    const double residual = nanoseconds(point.offset - first.offset) - line.offset - line.slope * time;
    squares += weight_of(point) * residual * residual;
  }
  return std::max(1.0, std::sqrt(squares / static_cast<double>(points.size() - 2)));
}

/// Pairs of a binomial tree over `members`, the first its root: step k adds 2^k of them.
std::vector<SyncStep> binomial_tree(const std::vector<int>& members) {
  std::vector<SyncStep> steps;
  for (std::size_t known = 1; known < members.size(); known *= 2) {
    SyncStep step;
    for (std::size_t i = 0; i < known && known + i < members.size(); ++i)
      step.push_back({members[i], members[known + i]});
    steps.push_back(std::move(step));
  }
  return steps;
}

void move_to_front(auto& range, auto position) { std::rotate(range.begin(), position, position + 1); }

/// Sites in order, that of rank 0 first, and in it rank 0.
std::vector<std::vector<int>> rooted_at_zero(std::vector<std::vector<int>> sites) {
  std::erase_if(sites, [](const std::vector<int>& ranks) { return ranks.empty(); });
  for (auto site = sites.begin(); site != sites.end(); ++site) {
    const auto zero = std::find(site->begin(), site->end(), 0);
    if (zero == site->end()) continue;
    move_to_front(*site, zero);
    move_to_front(sites, site);
    return sites;
  }
  throw UsageError("cannot synchronise clocks: rank 0 is in none of the {} sites", sites.size());
}

}  // namespace

ClockOffset estimate_offset(std::span<const Ping> pings) {
  if (pings.empty()) throw EnvironmentError("cannot synchronise clocks: not one ping was answered");
  std::vector<Ping> fastest(pings.begin(), pings.end());
  std::stable_sort(fastest.begin(), fastest.end(),
                   [](const Ping& a, const Ping& b) { return round_trip(a) < round_trip(b); });
  fastest.resize(fastest_count(fastest.size()));
  const Ping& best = fastest.front();
  const Duration bound = round_trip(best) / 2;
  const Duration uncertainty = fastest.size() > 1 ? std::min(disagreement(fastest), bound) : bound;
  return {middle(best), offset_of(best), uncertainty, bound, round_trip(best)};
}

Duration GlobalClock::to_global(Duration local) const {
  return local + offset + rounded(drift * nanoseconds(local - reference));
}

Duration GlobalClock::to_local(Duration global) const {
  return reference + rounded(nanoseconds(global - reference - offset) / (1 + drift));
}

Duration GlobalClock::uncertainty_at(Duration local) const {
  return rounded(std::hypot(nanoseconds(uncertainty), drift_uncertainty * nanoseconds(local - reference)));
}

GlobalClock fit_drift(std::span<const ClockOffset> sync_points) {
  if (sync_points.empty()) throw EnvironmentError("cannot synchronise clocks: no sync point was taken");
  const ClockOffset& first = sync_points.front();
  const Line line = weighted_line(sync_points);
  const double worse = misfit(sync_points, line);
  // Bursts err alike in part (the same stacks, the same path), so their mean is trusted like one burst, not like many.
  const double uncertainty = worse * std::sqrt(static_cast<double>(sync_points.size()) / line.weight);
  const double drift_uncertainty = worse / std::sqrt(line.time_square + 1 / (expected_drift * expected_drift));
  return {.reference = first.local + rounded(line.time),
          .offset = first.offset + rounded(line.offset),
          .drift = line.slope,
          .uncertainty = rounded(uncertainty),
          .drift_uncertainty = drift_uncertainty,
          .bound = rounded(line.bound)};
}

GlobalClock compose(const GlobalClock& parent, const GlobalClock& child) {
  const Duration at_parent = child.to_global(child.reference);
  const Duration parent_uncertainty = parent.uncertainty_at(at_parent);
  return {.reference = child.reference,
          .offset = parent.to_global(at_parent) - child.reference,
          .drift = (1 + parent.drift) * (1 + child.drift) - 1,
          .uncertainty = rounded(std::hypot(nanoseconds(child.uncertainty), nanoseconds(parent_uncertainty))),
          .drift_uncertainty = std::hypot(child.drift_uncertainty, parent.drift_uncertainty),
          .bound = parent.bound + child.bound};
}

std::vector<SyncStep> sync_tree(const std::vector<std::vector<int>>& sites) {
  const std::vector<std::vector<int>> rooted = rooted_at_zero(sites);
  std::vector<int> leaders;
  for (const std::vector<int>& ranks : rooted) leaders.push_back(ranks.front());
  std::vector<SyncStep> steps = binomial_tree(leaders);
  const std::size_t between = steps.size();
  for (const std::vector<int>& ranks : rooted) {
    const std::vector<SyncStep> within = binomial_tree(ranks);
    if (steps.size() < between + within.size()) steps.resize(between + within.size());
    for (std::size_t i = 0; i < within.size(); ++i)
      steps[between + i].insert(steps[between + i].end(), within[i].begin(), within[i].end());
  }
  return steps;
}

bool clock_limited(Duration sample, Duration uncertainty) { return sample < 50 * uncertainty; }

}  // namespace longhaul
