#include "results/visit_variance.hpp"

#include <algorithm>
#include <cmath>

#include "results/distributions.hpp"

namespace longhaul {
namespace {

struct Group {
  double log_median = 0, weight = 0;  ///< weight: samples
};

std::vector<Group> weighted_medians(std::span<const VisitSamples> groups) {
  std::vector<Group> result;
  for (const VisitSamples& group : groups)
    if (!group.durations.empty())
      result.push_back({std::log(median(group.durations)), static_cast<double>(group.durations.size())});
  return result;
}

/// Sorts the groups; those left when the eighth at either end goes.
std::span<const Group> kept_by_trimming(std::vector<Group>& groups) {
  std::sort(groups.begin(), groups.end(),
            [](const Group& one, const Group& other) { return one.log_median < other.log_median; });
  const std::size_t gone = groups.size() / 8;
  return std::span(groups).subspan(gone, groups.size() - 2 * gone);
}

}  // namespace

std::optional<Interval> interval_between(std::span<const VisitSamples> groups, double confidence) {
  std::vector<Group> medians = weighted_medians(groups);
  if (medians.size() < 2) return std::nullopt;
  for (const Group& group : medians)
    if (!std::isfinite(group.log_median)) return std::nullopt;
  const auto kept = kept_by_trimming(medians);
  const auto count = static_cast<double>(kept.size());
  double samples = 0, centre = 0, squares = 0;
  for (const Group& group : kept) samples += group.weight;
  for (const Group& group : kept) {
    centre += group.weight / samples * group.log_median;
    squares += group.weight / samples * (group.weight / samples);
  }
  double variance = 0;
  for (const Group& group : medians) {
    const double drawn_in = std::clamp(group.log_median, kept.front().log_median, kept.back().log_median);
    const double deviation = group.weight / samples * (drawn_in - centre);
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
