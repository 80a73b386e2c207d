#include "results/replication.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "results/distributions.hpp"

namespace longhaul {
namespace {

constexpr std::int32_t unusable = flag_wrong_data | flag_wan_not_felt;

std::vector<double> used_durations(const Results& results, const VisitRow& visit) {
  std::vector<double> durations;
  durations.reserve(static_cast<std::size_t>(visit.sample_count));
  for (std::int64_t i = 0; i < visit.sample_count; ++i) {
    const auto& sample = results.samples[static_cast<std::size_t>(visit.first_sample + i)];
    if (sample.flags == 0) durations.push_back(sample.duration);
  }
  return durations;
}

/// Samples of a launch's visits, or where none were kept the medians of its visits.
struct LaunchUnits {
  std::vector<double> durations, medians;
};

/// Uniform over a unit of the last printed digit, as a share of the value.
double rounding_of(const VisitRow& visit) {
  if (visit.sample_count > 0 || !(visit.resolution > 0) || !(visit.median > 0)) return 0;
  const double share = visit.resolution / visit.median;
  return share * share / 12;
}

bool add_log(std::vector<double>& logs, const std::vector<double>& durations) {
  if (durations.empty()) return false;
  const double middle = median(durations);
  if (!(middle > 0) || !std::isfinite(middle)) return false;
  logs.push_back(std::log(middle));
  return true;
}

}  // namespace

std::string name_of(Level level) { return level == Level::launches ? "launches" : "rounds"; }

Level common_level(const std::vector<const Replication*>& points) {
  const bool relaunched =
      std::ranges::all_of(points, [](const Replication* point) { return point->launches.size() >= 2; });
  return relaunched ? Level::launches : Level::rounds;
}

std::vector<Replication> replication_of_points(const Results& results) {
  std::unordered_map<int, std::size_t> places;
  for (std::size_t i = 0; i < results.points.size(); ++i) places.emplace(results.points[i].point, i);
  std::vector<Replication> replication(results.points.size());
  std::vector<std::map<int, LaunchUnits>> launches(results.points.size());
  for (const auto& visit : results.visits) {
    const auto place = places.find(visit.point);
    if (place == places.end() || visit.flags & unusable) continue;
    auto durations = used_durations(results, visit);
    auto& launch = launches[place->second][visit.launch];
    if (durations.empty() && visit.sample_count == 0 && visit.median > 0) {
      launch.medians.push_back(visit.median);
      durations.push_back(visit.median);
    } else {
      launch.durations.insert(launch.durations.end(), durations.begin(), durations.end());
    }
    auto& units = replication[place->second];
    units.rounding = std::max(units.rounding, rounding_of(visit));
    if (add_log(units.rounds, durations)) units.round_of.emplace_back(visit.launch, visit.round);
  }
  for (std::size_t i = 0; i < launches.size(); ++i)
    for (const auto& [launch, units] : launches[i])
      add_log(replication[i].launches, units.durations.empty() ? units.medians : units.durations);
  return replication;
}

Estimate estimate(const std::vector<double>& units) {
  Estimate result{unknown_value, unknown_value, 0, 0};
  if (units.empty()) return result;
  auto sorted = units;
  std::ranges::sort(sorted);
  const std::size_t gone = sorted.size() / 8, kept = sorted.size() - 2 * gone;
  const double least = sorted[gone], most = sorted[gone + kept - 1];
  const auto count = static_cast<double>(kept);
  double sum = 0, drawn_in_sum = 0, squares = 0;
  for (const double unit : sorted) drawn_in_sum += std::clamp(unit, least, most);
  for (std::size_t i = gone; i < gone + kept; ++i) sum += sorted[i];
  result.units = static_cast<int>(kept);
  result.mean = sum / count;
  if (kept < 2) return result;
  const double drawn_in_mean = drawn_in_sum / static_cast<double>(sorted.size());
  for (const double unit : sorted) {
    const double deviation = std::clamp(unit, least, most) - drawn_in_mean;
    squares += deviation * deviation;
  }
  result.variance = squares / (count - 1) / count;
  result.freedom = count - 1;
  return result;
}

Estimate with_rounding(Estimate estimate, double rounding) {
  if (estimate.freedom > 0) estimate.variance = std::max(estimate.variance, rounding);
  return estimate;
}

Estimate difference(const Estimate& a, const Estimate& b) {
  Estimate result{b.mean - a.mean, unknown_value, 0, std::min(a.units, b.units)};
  if (a.freedom <= 0 || b.freedom <= 0) return result;
  result.variance = a.variance + b.variance;
  const double spread = a.variance * a.variance / a.freedom + b.variance * b.variance / b.freedom;
  result.freedom = spread > 0 ? result.variance * result.variance / spread : a.freedom + b.freedom;
  return result;
}

double upper_p(const Estimate& estimate, double null) {
  if (!(estimate.freedom > 0)) return 1;
  if (!(estimate.variance > 0)) return estimate.mean > null ? 0 : 1;
  return student_cdf((null - estimate.mean) / std::sqrt(estimate.variance), estimate.freedom);
}

double two_sided_p(const Estimate& estimate, double null) {
  if (!(estimate.freedom > 0)) return 1;
  if (!(estimate.variance > 0)) return estimate.mean == null ? 1 : 0;
  const double t = std::abs(estimate.mean - null) / std::sqrt(estimate.variance);
  return 2 * student_cdf(-t, estimate.freedom);
}

std::optional<Interval> interval_of(const Estimate& estimate, double confidence) {
  if (!(estimate.freedom > 0)) return std::nullopt;
  const double reach = student_two_sided(1 - confidence, estimate.freedom) * std::sqrt(estimate.variance);
  return Interval{estimate.mean - reach, estimate.mean + reach, confidence};
}

}  // namespace longhaul
