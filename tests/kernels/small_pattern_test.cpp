#include "kernels/small_pattern.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "kernels/table.hpp"

namespace longhaul {
namespace {

template <class T>
class SmallPattern : public testing::Test {};
using SmallTypes = testing::Types<std::int8_t, std::uint8_t, Float16, Bfloat16, Float8E4M3, Float8E5M2>;
TYPED_TEST_SUITE(SmallPattern, SmallTypes);

TYPED_TEST(SmallPattern, NeverSumsBeyondWhatTheTypeHoldsExactly) {
  for (const std::uint32_t ranks : {1U, 2U, 3U, 4U, 5U, 8U, 31U, 64U, 1000U})
    for (std::uint32_t cell = 0; cell < pattern::cells; ++cell) {
      std::uint32_t magnitude = 0;  // no partial sum in any order is larger
      for (std::uint32_t rank = 0; rank < ranks; ++rank)
        magnitude += static_cast<std::uint32_t>(std::abs(pattern::small_sum<TypeParam>(rank, ranks, cell)));
      ASSERT_LE(magnitude, pattern::capacity<TypeParam>()) << ranks << " ranks";
    }
}

TYPED_TEST(SmallPattern, LetsEveryRankContributeSomewhereToASum) {
  for (const std::uint32_t ranks : {2U, 8U, 64U})
    for (std::uint32_t rank = 0; rank < ranks; ++rank) {
      int cells = 0;
      for (std::uint32_t cell = 0; cell < pattern::cells; ++cell)
        cells += pattern::small_sum<TypeParam>(rank, ranks, cell) != 0 ? 1 : 0;
      EXPECT_GT(cells, 0) << rank << " of " << ranks;
    }
}

TYPED_TEST(SmallPattern, KeepsProductsOfAnyRanksFinite) {
  if constexpr (is_small_float<TypeParam>)
    for (std::uint32_t cell = 0; cell < pattern::cells; ++cell) {
      double product = 1;
      for (std::uint32_t rank = 0; rank < 100; ++rank) product *= std::abs(pattern::small_prod<TypeParam>(rank, cell));
      EXPECT_EQ(static_cast<double>(TypeParam(static_cast<float>(product))), product);
    }
}

/// What NCCL does: each rank's value times 1/n in the type, then sums in the type, in two orders.
TYPED_TEST(SmallPattern, AveragesTheSameBitsInAnyOrderWhenMultipliedFirst) {
  if constexpr (is_small_float<TypeParam>)
    for (const std::uint32_t ranks : {1U, 2U, 3U, 5U, 7U, 8U, 48U}) {
      const auto expected = pattern::result<TypeParam>(ReduceOp::avg, ranks, Averaging::premultiplies);
      const TypeParam inverse(1.0F / static_cast<float>(ranks));
      for (std::uint32_t cell = 0; cell < pattern::cells; ++cell) {
        const auto term = [&](std::uint32_t rank) {
          const auto value = pattern::small_contribution<TypeParam>(ReduceOp::avg, rank, ranks, cell);
          return element::combine(ReduceOp::prod, value, inverse);
        };
        TypeParam up = term(0), down = term(ranks - 1);
        for (std::uint32_t next = 1; next < ranks; ++next) {
          up = element::combine(ReduceOp::sum, up, term(next));
          down = element::combine(ReduceOp::sum, down, term(ranks - 1 - next));
        }
        ASSERT_EQ(up.bits, expected[cell].bits) << ranks;
        ASSERT_EQ(down.bits, expected[cell].bits) << ranks;
      }
    }
}

}  // namespace
}  // namespace longhaul
