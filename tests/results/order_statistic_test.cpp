#include "results/order_statistic.hpp"

#include <gtest/gtest.h>

#include "results/distributions.hpp"

namespace longhaul {
namespace {

// Expected ranks: SciPy, by
//   low = max(l for l in range(n // 2 + 1) if binom.cdf(l - 1, n, .5) <= alpha / 2)
//   high = n + 1 - low - (binom.cdf(low - 1, n, .5) + binom.cdf(low, n, .5) <= alpha)
TEST(MedianRanks, AgreeWithSciPy) {
  EXPECT_EQ(median_ranks(9, 0.05), (Ranks{2, 8}));
  EXPECT_EQ(median_ranks(30, 0.05), (Ranks{10, 21}));
  EXPECT_EQ(median_ranks(30, 0.01), (Ranks{8, 23}));
  EXPECT_EQ(median_ranks(70, 0.05), (Ranks{27, 44}));
}

TEST(MedianRanks, GiveUpAnUpperRankWhereTheRestSuffices) {
  EXPECT_EQ(median_ranks(11, 0.05), (Ranks{2, 9}));
  EXPECT_EQ(median_ranks(100, 0.05), (Ranks{40, 60}));
  EXPECT_EQ(median_ranks(1000, 0.05), (Ranks{469, 531}));
}

TEST(MedianRanks, NeedSixSamplesFor95Percent) {
  EXPECT_EQ(median_ranks(5, 0.05), std::nullopt);
  EXPECT_EQ(median_ranks(6, 0.05), (Ranks{1, 6}));
  EXPECT_EQ(median_ranks(0, 0.05), std::nullopt);
}

TEST(MedianRanks, ErrNoMoreThanAskedAtAnyCount) {
  for (std::int64_t n = 6; n < 400; ++n) {
    const Ranks ranks = median_ranks(n, 0.05).value();
    const double holds = fair_coin_cdf(ranks.high - 1, n) - fair_coin_cdf(ranks.low - 1, n);
    EXPECT_GE(holds, 0.95 - 1e-12) << n;
  }
}

TEST(SpreadRanks, MoveOutwardsByTheRootOfTheInefficiency) {
  EXPECT_EQ(spread_ranks({40, 61}, 100, 1), (Ranks{40, 61}));
  EXPECT_EQ(spread_ranks({40, 61}, 100, 4), (Ranks{29, 72}));  // 50.5 ± 2 · 10.5 = 29.5 … 71.5
}

TEST(SpreadRanks, AreAbsentBeyondTheSamples) { EXPECT_EQ(spread_ranks({40, 61}, 100, 25), std::nullopt); }

TEST(Quantile, IsNumpysDefaultBetweenSamples) {
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0.9), 3.7);  // numpy.quantile([1, 2, 3, 4], .9)
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 1), 4);
  EXPECT_DOUBLE_EQ(quantile({7}, 0.3), 7);
}

}  // namespace
}  // namespace longhaul
