#pragma once
#include <cstdint>
#include <optional>
#include <vector>

namespace longhaul {

/// Two order statistics, counted from 1, that hold the median between them: x(low) ≤ median ≤ x(high).
struct Ranks {
  std::int64_t low = 0, high = 0;
  bool operator==(const Ranks&) const = default;
};

/// The closest ranks around the middle with P(low ≤ B < high) ≥ 1 − alpha, B ~ Binomial(n, 1/2): exact for n
/// independent samples of any continuous distribution. Symmetric, or with the upper one a rank lower where that
/// suffices (durations are sparse above). Absent where even the extremes fall short: n < 1 + log2(1/alpha), that is 6
/// samples for 95 %. Source: J.-Y. Le Boudec, Performance Evaluation of Computer and Communication Systems (EPFL Press
/// 2010), theorem 2.1.
std::optional<Ranks> median_ranks(std::int64_t n, double alpha);

/// Ranks spread from the middle of n by √`inefficiency`, outwards to whole ranks: n dependent samples tell as much as
/// n / inefficiency independent ones. Absent where they leave 1 … n.
std::optional<Ranks> spread_ranks(Ranks ranks, std::int64_t n, double inefficiency);

/// Type 7 of Hyndman and Fan (linear between order statistics), the default of R and NumPy.
/// @param values  not empty @param q  in [0, 1]
double quantile(std::vector<double> values, double q);

}  // namespace longhaul
