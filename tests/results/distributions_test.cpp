#include "results/distributions.hpp"

#include <gtest/gtest.h>

#include <cmath>

// Expected values: SciPy 1.17.1, by
//   from scipy.stats import norm, t, binom
//   norm.ppf(p)   t.isf(alpha / 2, freedom)   t.cdf(x, freedom)   binom.cdf(k, n, 0.5)
namespace longhaul {
namespace {

void expect_close(double value, double expected) { EXPECT_NEAR(value, expected, 1e-10 * std::abs(expected) + 1e-14); }

TEST(NormalQuantile, AgreesWithSciPyFromTheFarTailToTheMiddle) {
  expect_close(normal_quantile(1e-12), -7.034483825301131);
  expect_close(normal_quantile(1e-4), -3.7190164854556804);
  expect_close(normal_quantile(0.025), -1.9599639845400545);
  expect_close(normal_quantile(0.5), 0);
  expect_close(normal_quantile(0.9), 1.2815515655446004);
  expect_close(normal_quantile(0.9986), 2.9888822673158);
}

TEST(StudentTwoSided, AgreesWithSciPyForFewManyAndBrokenDegreesOfFreedom) {
  expect_close(student_two_sided(0.05, 1), 12.706204736174705);
  expect_close(student_two_sided(0.05, 2), 4.302652729749464);
  expect_close(student_two_sided(0.05, 5), 2.5705818356363155);
  expect_close(student_two_sided(0.01, 3), 5.840909309733357);
  expect_close(student_two_sided(0.0375, 5), 2.811090812443289);
  expect_close(student_two_sided(1e-5, 4), 27.771647659366717);
  expect_close(student_two_sided(0.05, 2.7), 3.3921483831737524);
  expect_close(student_two_sided(0.05, 1000), 1.9623390808264085);
}

TEST(StudentCdf, AgreesWithSciPyOnBothSides) {
  expect_close(student_cdf(0, 3), 0.5);
  expect_close(student_cdf(1.5, 1), 0.8128329581890011);
  expect_close(student_cdf(-2.5, 7.5), 0.019410129136812764);
  expect_close(student_cdf(4, 29), 0.9997999680271737);
}

TEST(FairCoinCdf, AgreesWithSciPyForFewAndMillionsOfTosses) {
  expect_close(fair_coin_cdf(0, 6), 0.015625);
  expect_close(fair_coin_cdf(9, 30), 0.021386972628533847);
  expect_close(fair_coin_cdf(40, 100), 0.028443966820490444);
  EXPECT_NEAR(fair_coin_cdf(499'000, 1'000'000), 0.0228041499326948, 1e-10);
  EXPECT_EQ(fair_coin_cdf(5, 5), 1);
  EXPECT_EQ(fair_coin_cdf(-1, 5), 0);
}

}  // namespace
}  // namespace longhaul
