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
  /// Half the width as a share of `centre` > 0.
  double relative_half_width(double centre) const { return centre > 0 ? (high - low) / 2 / centre : 0; }
};

/// Samples of one visit, in the order they were taken (seconds).
struct VisitSamples {
  int launch = 0, round = 0;
  std::vector<double> durations;
};

double median(std::vector<double> values);

/// Interval of the median, good for dependent samples and shifts between visits. Coverage:
/// tests/performance/coverage.cpp; reasons: docs/method.md.
///
/// - One visit: order statistics, their ranks spread for autocorrelation. It says nothing about how visits differ.
/// - Two: widened by the t interval of their medians (one degree of freedom: wide).
/// - Three and more: the t interval of the visits' medians, but no narrower than one standard error by order
/// statistics.
/// - From three launches on, also widened by the t interval of the launches' medians.
///
/// Absent where the samples cannot support the confidence: fewer than 1 + log2(1/(1 − confidence)), which is 6 for 95
/// %, or too dependent ones.
std::optional<Interval> median_interval(std::span<const VisitSamples> visits, double confidence);

/// The q-quantile, absent where fewer than 10 samples are expected beyond it (n·(1−q) < 10).
std::optional<double> supported_quantile(std::vector<double> values, double q);

}  // namespace longhaul
