#include "results/shared_scatter.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "results/solve.hpp"

namespace longhaul {
namespace {

constexpr std::size_t least_points = 3;
constexpr double z_of_one_in_ten = 1.2815515655446004;
/// A variance of 0 (rounded times) is taken for this share of the median one: its log must be finite.
constexpr double least_share = 1e-5;

struct Variance {
  double value, freedom;  ///< of one unit
};

std::vector<Variance> variances_of(const std::vector<Estimate>& points) {
  std::vector<Variance> variances;
  std::vector<double> values;
  for (const auto& point : points)
    if (point.freedom > 0) {
      variances.push_back({point.variance * point.units, point.freedom});
      values.push_back(variances.back().value);
    }
  if (variances.empty()) return {};
  const double floor = least_share * median(values);
  for (auto& variance : variances) variance.value = std::max(variance.value, floor);
  if (!(floor > 0)) return {};
  return variances;
}

}  // namespace

SharedScatter shared_scatter(const std::vector<Estimate>& points) {
  const auto variances = variances_of(points);
  SharedScatter shared;
  if (variances.size() < least_points) return shared;
  const auto count = static_cast<double>(variances.size());
  double mean = 0, spread = 0, expected = 0, squares = 0;
  std::vector<double> logs;
  for (const auto& [value, freedom] : variances) {
    logs.push_back(std::log(value) - digamma(freedom / 2) + std::log(freedom / 2));
    mean += logs.back() / count;
    expected += trigamma(freedom / 2) / count;
    shared.most += freedom;
    squares += freedom * value;
  }
  for (const double log : logs) spread += (log - mean) * (log - mean) / (count - 1);
  shared.variance = squares / shared.most;
  shared.freedom =
      spread <= expected ? std::numeric_limits<double>::infinity() : 2 * solve_decreasing(trigamma, spread - expected);
  return shared;
}

Estimate with_shared(const Estimate& point, const SharedScatter& shared) {
  if (!(point.freedom > 0) || !(shared.freedom > 0)) return point;
  Estimate result = point;
  const double own = point.variance * point.units;
  const double both = std::isinf(shared.freedom)
                          ? shared.variance
                          : (shared.freedom * shared.variance + point.freedom * own) / (shared.freedom + point.freedom);
  result.variance = both / point.units;
  result.freedom = std::min(shared.freedom + point.freedom, shared.most);
  return result;
}

Togetherness togetherness(const std::vector<Replication>& points) {
  struct Round {
    double sum = 0, expected = 0;
    int members = 0;
  };
  std::map<std::pair<int, int>, Round> rounds;
  for (const auto& point : points) {
    const auto own = estimate(point.rounds);
    const double deviation = std::sqrt(own.variance * own.units);
    if (!(deviation > 0)) continue;
    for (std::size_t i = 0; i < point.rounds.size(); ++i) {
      auto& round = rounds[point.round_of[i]];
      round.sum += (point.rounds[i] - own.mean) / deviation;
      round.expected += 1 - 1.0 / own.units;  // a residual's variance, as the mean is taken from the same units
      round.members += 1;
    }
  }
  Togetherness result;
  int counted = 0;
  for (const auto& [id, round] : rounds)
    if (round.members > 1) {
      result.squares += round.sum * round.sum;
      result.expected += round.expected;
      ++counted;
    }
  result.freedom = std::max(0, counted - 1);
  return result;
}

Togetherness operator+(const Togetherness& a, const Togetherness& b) {
  return {a.squares + b.squares, a.expected + b.expected, a.freedom + b.freedom};
}

bool Togetherness::is_beyond_chance() const {
  if (!(freedom > 0)) return false;
  // χ² over its degrees of freedom, by Wilson and Hilferty, PNAS 17 (1931) 684.
  const double spread = 2 / (9 * freedom);
  const double bound = std::pow(1 - spread + z_of_one_in_ten * std::sqrt(spread), 3);
  return squares > bound * expected;
}

std::vector<Estimate> estimates_of(const std::vector<Replication>& points, Level level, const Togetherness& together) {
  std::vector<Estimate> estimates;
  for (const auto& point : points) estimates.push_back(estimate(point.of(level)));
  if (level == Level::rounds && !together.is_beyond_chance()) {
    const auto shared = shared_scatter(estimates);
    for (auto& point : estimates) point = with_shared(point, shared);
  }
  for (std::size_t i = 0; i < points.size(); ++i) estimates[i] = with_rounding(estimates[i], points[i].rounding);
  return estimates;
}

std::vector<Estimate> estimates_of(const std::vector<Replication>& points, Level level) {
  return estimates_of(points, level, togetherness(points));
}

double digamma(double x) {
  double shift = 0;
  for (; x < 8; x += 1) shift -= 1 / x;
  const double s = 1 / (x * x);  // the asymptotic series, DLMF 5.11.2, after the recurrence
  return shift + std::log(x) - 0.5 / x -
         s * (1.0 / 12 - s * (1.0 / 120 - s * (1.0 / 252 - s * (1.0 / 240 - s * (1.0 / 132 - s * 691.0 / 32760)))));
}

double trigamma(double x) {
  if (!(x > 0)) return std::numeric_limits<double>::infinity();
  double shift = 0;
  for (; x < 8; x += 1) shift += 1 / (x * x);
  const double s = 1 / (x * x);
  return shift + 1 / x + s / 2 +
         s / x * (1.0 / 6 - s * (1.0 / 30 - s * (1.0 / 42 - s * (1.0 / 30 - s * (5.0 / 66 - s * 691.0 / 2730)))));
}

}  // namespace longhaul
