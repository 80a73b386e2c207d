#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace longhaul {

/// A two-sided confidence interval of a median.
struct Interval {
  double low = 0, high = 0;
  double confidence = 0;  ///< asked for
  double relative_half_width(double centre) const { return centre > 0 ? (high - low) / 2 / centre : 0; }
};

/// Samples of one visit, in the order they were taken (seconds).
struct VisitSamples {
  int launch = 0, round = 0;
  std::vector<double> durations;
};

double median(std::vector<double> values);

/// Order-statistic interval of the median whose ranks are widened for autocorrelation within a visit and for variance
/// between visits (see docs/method.md). Absent when the count cannot support the confidence.
std::optional<Interval> median_interval(std::span<const VisitSamples> visits, double confidence);

/// The q-quantile, absent where fewer than 10 samples are expected beyond it (n·(1−q) < 10).
std::optional<double> supported_quantile(std::vector<double> values, double q);

/// Two-sided error spent at look k of at most `looks`, so that all looks together spend 1 − confidence.
double alpha_at_look(double confidence, int look, int looks);

}  // namespace longhaul
