#include "results/autocorrelation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace longhaul {
namespace {

std::vector<VisitSamples> ar1_visits(double correlation, int visits, int samples) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal;
  std::vector<VisitSamples> result;
  for (int v = 0; v < visits; ++v) {
    VisitSamples visit{0, v, {}};
    double state = normal(random);
    for (int i = 0; i < samples; ++i) {
      visit.durations.push_back(std::exp(0.1 * state));
      state = correlation * state + std::sqrt(1 - correlation * correlation) * normal(random);
    }
    result.push_back(std::move(visit));
  }
  return result;
}

// Expected: 1 + 2 Σ (2/π) asin(φ^k), the indicator's autocorrelation behind a Gaussian AR(1) (arcsine law).
double exact_inefficiency(double correlation) {
  double sum = 0;
  for (int lag = 1; lag < 500; ++lag) sum += std::asin(std::pow(correlation, lag));
  return 1 + 4 / std::acos(-1.0) * sum;
}

TEST(Inefficiency, IsAboutOneOfIndependentSamples) { EXPECT_NEAR(inefficiency(ar1_visits(0, 20, 500)), 1, 0.1); }

TEST(Inefficiency, IsAboutOneOfShortIndependentVisitsThoughTheirOwnMedianIsTakenOut) {
  EXPECT_NEAR(inefficiency(ar1_visits(0, 2000, 5)), 1, 0.1);
}

TEST(Inefficiency, FollowsTheArcsineLawOfAGaussianProcess) {
  EXPECT_NEAR(exact_inefficiency(0.6), 3.0, 0.2);  // what the next line rests on
  EXPECT_NEAR(inefficiency(ar1_visits(0.6, 50, 400)) / exact_inefficiency(0.6), 1, 0.1);
  EXPECT_NEAR(inefficiency(ar1_visits(0.9, 50, 400)) / exact_inefficiency(0.9), 1, 0.15);
}

TEST(Inefficiency, IsOneOfEqualSamplesAndOfNone) {
  EXPECT_EQ(inefficiency(std::vector<VisitSamples>{{0, 0, {2, 2, 2, 2, 2, 2}}}), 1);
  EXPECT_EQ(inefficiency({}), 1);
}

}  // namespace
}  // namespace longhaul
