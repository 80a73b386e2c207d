#include "results/visit_variance.hpp"

#include <algorithm>
#include <cmath>

#include "results/distributions.hpp"

namespace longhaul {
namespace {

struct Group {
  double log_median = 0, weight = 0;
};

std::vector<Group> weighted_medians(std::span<const VisitSamples> groups) {
  std::vector<Group> result;
  double samples = 0;
  for (const VisitSamples& group : groups) {
    if (group.durations.empty()) continue;
    result.push_back({std::log(median(group.durations)), static_cast<double>(group.durations.size())});
    samples += result.back().weight;
  }
  for (Group& group : result) group.weight /= samples;
  return result;
}

}  // namespace

std::optional<Interval> interval_between(std::span<const VisitSamples> groups, double confidence) {
  const std::vector<Group> medians = weighted_medians(groups);
  const auto count = static_cast<double>(medians.size());
  if (count < 2) return std::nullopt;
  double centre = 0, squares = 0;
  for (const Group& group : medians) {
    if (!std::isfinite(group.log_median)) return std::nullopt;
    centre += group.weight * group.log_median;
    squares += group.weight * group.weight;
  }
  double variance = 0;
  for (const Group& group : medians) {
    const double deviation = group.weight * (group.log_median - centre);
    variance += deviation * deviation * count / (count - 1);
  }
  const double freedom = std::max(1.0, 1 / squares - 1);
  const double reach = student_two_sided(1 - confidence, freedom) * std::sqrt(variance);
  return Interval{std::exp(centre - reach), std::exp(centre + reach), confidence};
}

std::vector<VisitSamples> join_launches(std::span<const VisitSamples> visits) {
  std::vector<VisitSamples> launches;
  for (const VisitSamples& visit : visits) {
    auto launch = std::find_if(launches.begin(), launches.end(),
                               [&](const VisitSamples& known) { return known.launch == visit.launch; });
    if (launch == launches.end()) launch = launches.insert(launches.end(), VisitSamples{visit.launch, 0, {}});
    launch->durations.insert(launch->durations.end(), visit.durations.begin(), visit.durations.end());
  }
  return launches;
}

}  // namespace longhaul
