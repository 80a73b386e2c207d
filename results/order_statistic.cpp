#include "results/order_statistic.hpp"

#include <algorithm>
#include <cmath>

#include "results/distributions.hpp"

namespace longhaul {
namespace {

/// The highest l with P(B < l) ≤ tail; 0 where there is none.
std::int64_t lower_rank(std::int64_t n, double tail) {
  std::int64_t low = 0, high = n / 2;
  while (low < high) {
    const std::int64_t middle = low + (high - low + 1) / 2;
    if (fair_coin_cdf(middle - 1, n) <= tail) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

}  // namespace

std::optional<Ranks> median_ranks(std::int64_t n, double alpha) {
  const std::int64_t low = lower_rank(n, alpha / 2);
  if (low < 1) return std::nullopt;
  const std::int64_t high = n + 1 - low;
  const double below = fair_coin_cdf(low - 1, n);
  const double above_if_shrunk = fair_coin_cdf(low, n);  // by symmetry P(B ≥ high − 1)
  if (high - 1 > low && below + above_if_shrunk <= alpha) return Ranks{low, high - 1};
  return Ranks{low, high};
}

std::optional<Ranks> spread_ranks(Ranks ranks, std::int64_t n, double inefficiency) {
  const double middle = static_cast<double>(n + 1) / 2;
  const double factor = std::sqrt(inefficiency);
  const auto low = static_cast<std::int64_t>(std::floor(middle - (middle - static_cast<double>(ranks.low)) * factor));
  const auto high = static_cast<std::int64_t>(std::ceil(middle + (static_cast<double>(ranks.high) - middle) * factor));
  if (low < 1 || high > n) return std::nullopt;
  return Ranks{low, high};
}

double quantile(std::vector<double> values, double q) {
  const double position = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), at, values.end());
  const double share = position - static_cast<double>(below);
  if (share == 0 || below + 1 == values.size()) return *at;
  const double next = *std::min_element(at + 1, values.end());
  return *at + share * (next - *at);
}

}  // namespace longhaul
