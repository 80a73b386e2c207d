#include "harness/stopping.hpp"

#include <algorithm>

#include "results/alpha_spending.hpp"

namespace longhaul {
namespace {

constexpr std::ptrdiff_t visits_to_converge = 2;

double pooled_median(std::span<const VisitSamples> visits) {
  std::vector<double> all;
  for (const VisitSamples& visit : visits) all.insert(all.end(), visit.durations.begin(), visit.durations.end());
  return median(std::move(all));
}

}  // namespace

bool precise_enough(const StoppingRule& rule, std::span<const VisitSamples> visits,
                    const std::optional<Interval>& interval) {
  const auto measured =
      std::count_if(visits.begin(), visits.end(), [](const VisitSamples& visit) { return !visit.durations.empty(); });
  return interval && measured >= visits_to_converge &&
         interval->relative_half_width(pooled_median(visits)) <= rule.precision;
}

Verdict look(const StoppingRule& rule, std::span<const VisitSamples> visits, int round) {
  const double alpha = alpha_at_look(rule.confidence, std::min(round, rule.rounds), rule.rounds);
  if (precise_enough(rule, visits, median_interval(visits, 1 - alpha))) return {true, "converged"};
  if (round >= rule.rounds) return {true, "rounds"};
  return {};
}

std::optional<Interval> final_interval(const StoppingRule& rule, std::span<const VisitSamples> visits, int round) {
  const int at = std::min(round, rule.rounds);
  auto interval = median_interval(visits, 1 - alpha_at_look(rule.confidence, at, rule.rounds));
  if (!precise_enough(rule, visits, interval))
    interval = median_interval(visits, 1 - alpha_at_last_look(rule.confidence, at, rule.rounds));
  if (interval) interval->confidence = rule.confidence;
  return interval;
}

}  // namespace longhaul
