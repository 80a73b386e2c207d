#include "results/alpha_spending.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

// All looks together, with no code in common:
//   import numpy as np; from scipy.stats import norm, multivariate_normal
//   def together(levels):
//       z = norm.isf(np.array(levels) / 2); k = range(1, len(z) + 1)
//       cov = [[np.sqrt(min(i, j) / max(i, j)) for j in k] for i in k]
//       return 1 - multivariate_normal(np.zeros(len(z)), cov, abseps=1e-7, maxpts=5_000_000).cdf(z, lower_limit=-z)
//   together([8.9e-05, 5.538e-03, 2.1548e-02, 4.1088e-02])                                # 0.0499999944
//   together([2e-06, 6.86e-04, 5.315e-03, 1.4329e-02, 2.5618e-02, 3.7534e-02])            # 0.0500003248
TEST(AlphaAtLook, SpendsFivePercentOverFourLooksAsSciPysMultivariateNormalConfirms) {
  EXPECT_NEAR(alpha_at_look(0.95, 1, 4), 8.9e-5, 5e-7);
  EXPECT_NEAR(alpha_at_look(0.95, 2, 4), 5.538e-3, 5e-7);
  EXPECT_NEAR(alpha_at_look(0.95, 3, 4), 2.1548e-2, 5e-7);
  EXPECT_NEAR(alpha_at_look(0.95, 4, 4), 4.1088e-2, 5e-7);
}

TEST(AlphaAtLook, SpendsFivePercentOverSixLooksAsSciPysMultivariateNormalConfirms) {
  EXPECT_NEAR(alpha_at_look(0.95, 1, 6), 2e-6, 5e-7);
  EXPECT_NEAR(alpha_at_look(0.95, 2, 6), 6.86e-4, 5e-7);
  EXPECT_NEAR(alpha_at_look(0.95, 3, 6), 5.315e-3, 5e-7);
  EXPECT_NEAR(alpha_at_look(0.95, 4, 6), 1.4329e-2, 5e-7);
  EXPECT_NEAR(alpha_at_look(0.95, 5, 6), 2.5618e-2, 5e-7);
  EXPECT_NEAR(alpha_at_look(0.95, 6, 6), 3.7534e-2, 5e-7);
}

TEST(AlphaAtLook, OfTheOnlyLookIsAllOfIt) { EXPECT_NEAR(alpha_at_look(0.99, 1, 1), 0.01, 1e-12); }

TEST(AlphaAtLook, StaysOrderedOverAHundredLooks) {
  for (int look = 2; look <= 100; ++look)
    EXPECT_LE(alpha_at_look(0.95, look - 1, 100), alpha_at_look(0.95, look, 100)) << look;
  EXPECT_LT(alpha_at_look(0.95, 100, 100), 0.05);
}

TEST(AlphaAtLook, IsRightWhereSumsOfHundredsOfVisitsSpreadFar) {  // reference: the same on a grid four times as fine
  EXPECT_NEAR(alpha_at_look(0.95, 400, 800), 2.8454e-3, 2e-6);
  EXPECT_NEAR(alpha_at_look(0.95, 800, 800), 2.32353e-2, 2e-5);
  EXPECT_NEAR(alpha_at_last_look(0.95, 400, 800), 4.99125e-2, 2e-5);
}

TEST(AlphaAtLook, ThoseAheadCostNothing) {  // all million would take half an hour
  for (int look = 1; look <= 50; ++look)
    EXPECT_LE(alpha_at_look(0.95, look, 1'000'000), alpha_at_last_look(0.95, look, 1'000'000)) << look;
}

TEST(AlphaAtLastLook, SpendsWhatTheLooksNotTakenWouldHave) {
  EXPECT_NEAR(alpha_at_last_look(0.95, 1, 6), 0.05, 1e-9);      // nothing was spent before
  EXPECT_NEAR(alpha_at_last_look(0.95, 3, 6), 0.049969, 5e-7);  // together([2e-06, 6.86e-04, .049969]) = 0.0500
  EXPECT_NEAR(alpha_at_last_look(0.95, 6, 6), alpha_at_look(0.95, 6, 6), 1e-12);
}

}  // namespace
}  // namespace longhaul
