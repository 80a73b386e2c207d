#include "results/statistics.hpp"

#include <algorithm>

#include "results/autocorrelation.hpp"
#include "results/order_statistic.hpp"
#include "results/visit_variance.hpp"

namespace longhaul {
namespace {

/// From three groups on their own scatter makes a usable interval; two would need 12.7 standard errors for 95 %.
constexpr std::size_t groups_to_compare = 3;
/// Normal probability of ± one standard error.
constexpr double one_standard_error = 0.6827;

std::vector<double> pooled(std::span<const VisitSamples> visits) {
  std::vector<double> all;
  for (const VisitSamples& visit : visits) all.insert(all.end(), visit.durations.begin(), visit.durations.end());
  return all;
}

/// From the ranks of all samples, spread for their dependence within a visit.
std::optional<Interval> interval_within(std::span<const VisitSamples> visits, double confidence) {
  std::vector<double> samples = pooled(visits);
  const auto count = static_cast<std::int64_t>(samples.size());
  const auto independent = median_ranks(count, 1 - confidence);
  if (!independent) return std::nullopt;
  const auto ranks = spread_ranks(*independent, count, inefficiency(visits));
  if (!ranks) return std::nullopt;
  std::sort(samples.begin(), samples.end());
  const auto at = [&](std::int64_t rank) { return samples[static_cast<std::size_t>(rank - 1)]; };
  return Interval{at(ranks->low), at(ranks->high), confidence};
}

void widen(Interval& interval, const std::optional<Interval>& other) {
  if (!other) return;
  interval.low = std::min(interval.low, other->low);
  interval.high = std::max(interval.high, other->high);
}

}  // namespace

double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

std::optional<Interval> median_interval(std::span<const VisitSamples> visits, double confidence) {
  const auto samples = static_cast<std::int64_t>(pooled(visits).size());
  if (!median_ranks(samples, 1 - confidence)) return std::nullopt;
  const auto measured = static_cast<std::size_t>(
      std::count_if(visits.begin(), visits.end(), [](const VisitSamples& visit) { return !visit.durations.empty(); }));
  const std::optional<Interval> between = interval_between(visits, confidence);
  const bool scatter_known = between && measured >= groups_to_compare;

  std::optional<Interval> interval = interval_within(visits, scatter_known ? one_standard_error : confidence);
  if (!interval) return std::nullopt;
  interval->confidence = confidence;
  widen(*interval, between);
  const std::vector<VisitSamples> launches = join_launches(visits);
  if (launches.size() >= groups_to_compare) widen(*interval, interval_between(launches, confidence));
  return interval;
}

std::optional<double> supported_quantile(std::vector<double> values, double q) {
  constexpr double beyond = 10;
  constexpr double rounding = 1e-9;  // 100 × (1 − 0.9) is a little less than 10
  if (static_cast<double>(values.size()) * (1 - q) < beyond - rounding) return std::nullopt;
  return quantile(std::move(values), q);
}

}  // namespace longhaul
