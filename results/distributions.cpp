#include "results/distributions.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "results/solve.hpp"

namespace longhaul {
namespace {

/// The continued fraction of the incomplete beta function, by Lentz's method; converges fast for x < (a+1)/(a+b+2).
/// Source: NIST Digital Library of Mathematical Functions, 8.17.22.
double beta_fraction(double a, double b, double x) {
  constexpr double tiny = 1e-300;
  constexpr double precise = 4 * std::numeric_limits<double>::epsilon();
  double c = 1;
  double d = 1 - (a + b) * x / (a + 1);
  d = 1 / (std::abs(d) < tiny ? tiny : d);
  double fraction = d;
  const auto step = [&](double coefficient) {
    d = 1 + coefficient * d;
    d = 1 / (std::abs(d) < tiny ? tiny : d);
    c = 1 + coefficient / c;
    if (std::abs(c) < tiny) c = tiny;
    fraction *= c * d;
    return c * d;
  };
  for (int m = 1; m < 100'000; ++m) {  // O(√max(a, b)) terms are needed: 10¹⁰ samples
    step(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)));
    const double change = step(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)));
    if (std::abs(change - 1) < precise) break;
  }
  return fraction;
}

/// I_x(a, b), the regularised incomplete beta function; `y` = 1 − x, given apart to keep its digits near x = 1.
double regularised_beta(double a, double b, double x, double y) {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const double front =
      std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log(y));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, y) / b;
}

/// P(|T| > t) for t ≥ 0.
double student_tails(double t, double freedom) {
  const double square = t * t;
  return regularised_beta(freedom / 2, 0.5, freedom / (freedom + square), square / (freedom + square));
}

}  // namespace

double normal_cdf(double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; }

double normal_quantile(double p) {
  if (p > 0.5) return -normal_quantile(1 - p);
  return -solve_decreasing([](double z) { return normal_cdf(-z); }, p);
}

double student_cdf(double t, double freedom) {
  const double tail = student_tails(std::abs(t), freedom) / 2;
  return t > 0 ? 1 - tail : tail;
}

double student_two_sided(double alpha, double freedom) {
  // Solving takes a while, and a file's points share their levels and mostly their degrees of freedom: answers are
  // kept.
  constexpr std::size_t most_kept = 256;
  thread_local std::map<std::pair<double, double>, double> kept;
  const auto solve = [=] { return solve_decreasing([freedom](double t) { return student_tails(t, freedom); }, alpha); };
  if (std::isnan(alpha) || std::isnan(freedom)) return solve();  // no key of a map
  if (const auto found = kept.find({alpha, freedom}); found != kept.end()) return found->second;
  const double t = solve();
  if (kept.size() == most_kept) kept.clear();
  kept.emplace(std::pair{alpha, freedom}, t);
  return t;
}

double fair_coin_cdf(std::int64_t k, std::int64_t n) {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return regularised_beta(static_cast<double>(n - k), static_cast<double>(k + 1), 0.5, 0.5);
}

}  // namespace longhaul
