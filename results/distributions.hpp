#pragma once
#include <cstdint>

/// The three distributions that the intervals need. Checked against SciPy in tests/results/distributions_test.cpp.
namespace longhaul {

/// P(Z ≤ z), standard normal.
double normal_cdf(double z);
/// z with P(Z ≤ z) = p. @param p  in (0, 1)
double normal_quantile(double p);

/// P(T ≤ t), Student's t with `freedom` > 0 degrees of freedom (need not be whole).
double student_cdf(double t, double freedom);
/// t with P(|T| > t) = alpha: the half-width of a two-sided interval in standard errors. @param alpha  in (0, 1)
double student_two_sided(double alpha, double freedom);

/// P(B ≤ k) for B heads of n tosses of a fair coin; 0 below k = 0, 1 from k = n on.
double fair_coin_cdf(std::int64_t k, std::int64_t n);

}  // namespace longhaul
