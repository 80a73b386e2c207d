#include "results/autocorrelation.hpp"

#include <algorithm>
#include <cmath>

namespace longhaul {
namespace {

/// One visit as ones (at or below its median) and zeros, its mean taken out.
std::vector<double> centred_indicator(const VisitSamples& visit) {
  const double middle = median(visit.durations);
  std::vector<double> series;
  series.reserve(visit.durations.size());
  double sum = 0;
  for (const double duration : visit.durations) {
    series.push_back(duration <= middle ? 1 : 0);
    sum += series.back();
  }
  for (double& value : series) value -= sum / static_cast<double>(series.size());
  return series;
}

/// Autocovariance at `lag`, pooled over series; those shorter than the lag give nothing.
double pooled_autocovariance(const std::vector<std::vector<double>>& all, std::size_t lag) {
  double sum = 0;
  std::size_t count = 0;
  for (const auto& series : all) {
    for (std::size_t i = lag; i < series.size(); ++i) sum += series[i] * series[i - lag];
    count += series.size() > lag ? series.size() - lag : 0;
  }
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

/// Lags beyond a third of a visit are mostly the correction.
std::size_t last_lag(double visit_length) { return static_cast<std::size_t>(visit_length / 3); }

/// 1 + 2 Σ corrected autocorrelations, over pairs of lags (0, 1), (2, 3), … while the pairs are positive.
double summed(const std::vector<double>& correlations, double correction) {
  double pairs = 0;
  for (std::size_t lag = 0; lag + 1 < correlations.size(); lag += 2) {
    const double even = lag == 0 ? 1 : correlations[lag] + correction;
    const double pair = even + correlations[lag + 1] + correction;
    if (pair <= 0) break;
    pairs += pair;
  }
  return 2 * pairs - 1;
}

}  // namespace

double inefficiency(std::span<const VisitSamples> visits) {
  std::vector<std::vector<double>> all;
  double samples = 0;
  for (const VisitSamples& visit : visits) {
    if (visit.durations.size() < 2) continue;
    all.push_back(centred_indicator(visit));
    samples += static_cast<double>(visit.durations.size());
  }
  if (all.empty()) return 1;
  const double length = samples / static_cast<double>(all.size());
  const double variance = pooled_autocovariance(all, 0);
  if (variance <= 0) return 1;  // all samples equal

  std::vector<double> correlations{1};
  for (std::size_t lag = 1; lag <= last_lag(length); ++lag)
    correlations.push_back(pooled_autocovariance(all, lag) / variance);

  // The correction needs the result: iterate from independence; a few passes settle it, or meet the cap.
  double result = 1;
  for (int pass = 0; pass < 5; ++pass) result = std::clamp(summed(correlations, result / length), 1.0, length);
  return result;
}

}  // namespace longhaul
