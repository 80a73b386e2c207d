#include "kernels/verify.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "kernels/divide.hpp"
#include "kernels/fill.hpp"
#include "kernels/pattern.hpp"
#include "kernels/reduce.hpp"
#include "kernels/table.hpp"

namespace longhaul {
namespace {

constexpr std::size_t count = 1003;  // no multiple of any vector width
constexpr std::size_t few = 37;      // where every bit is tried
constexpr std::array all_types{DataType::int8,        DataType::uint8,       DataType::int32,   DataType::uint32,
                               DataType::int64,       DataType::uint64,      DataType::float16, DataType::bfloat16,
                               DataType::float8_e4m3, DataType::float8_e5m2, DataType::float32, DataType::float64};
constexpr std::array all_ops{ReduceOp::sum, ReduceOp::prod, ReduceOp::min, ReduceOp::max, ReduceOp::avg};

/// The reduction as a library would do it, rank by rank in the given order, element by element in the type itself.
/// @param ranks  how many the ranks think they are
std::vector<std::byte> reduction(DataType type, ReduceOp op, const std::vector<int>& order, int ranks,
                                 std::uint64_t first, unsigned round) {
  std::vector<std::byte> result(count * size_of(type)), input(result.size());
  fill_reduced(result.data(), type, count, op, order.front(), ranks, first, round);
  for (std::size_t next = 1; next < order.size(); ++next) {
    fill_reduced(input.data(), type, count, op, order[next], ranks, first, round);
    reduce(result.data(), input.data(), type, count, op);
  }
  if (op == ReduceOp::avg) divide(result.data(), type, count, ranks);
  return result;
}

std::vector<int> ranks_in_random_order(int ranks, unsigned seed) {
  std::vector<int> order(static_cast<std::size_t>(ranks));
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(seed));
  return order;
}

TEST(VerifyReduced, AcceptsEveryOpInEveryTypeInAnyOrderOfRanks) {
  for (const DataType type : all_types)
    for (const ReduceOp op : all_ops)
      for (const int ranks : {1, 2, 3, 7, 8, 64, 1000})
        for (unsigned seed = 1; seed <= (ranks < 1000 ? 2 : 1); ++seed) {  // a thousand ranks take most of the time
          const auto data = reduction(type, op, ranks_in_random_order(ranks, seed), ranks, 5, 9);
          const auto mismatch = verify_reduced(data.data(), type, count, op, ranks, 5, 9);
          EXPECT_FALSE(mismatch) << "type " << static_cast<int>(type) << " op " << static_cast<int>(op) << " ranks "
                                 << ranks << ": expected " << mismatch->expected << " got " << mismatch->got;
        }
}

TEST(FillReduced, GivesEachElementItsCellsValueWhereverAStretchBegins) {
  const auto table = pattern::contribution<std::int32_t>(ReduceOp::sum, 2, 4);
  constexpr std::uint64_t fold = std::uint64_t{1} << 32;  // where neighbouring offsets fold apart
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{5}, fold - 33, 3 * fold - 7}) {
    std::vector<std::int32_t> data(count, -1);
    fill_reduced(data.data(), DataType::int32, count - 1, ReduceOp::sum, 2, 4, first, 9);
    for (std::size_t i = 0; i < count - 1; ++i)
      ASSERT_EQ(data[i], table[pattern::cell(pattern::fold(first + i), 9)]) << first << " + " << i;
    EXPECT_EQ(data.back(), -1);
  }
}

TEST(VerifyReduced, CountsEachWrongElementOfARun) {
  std::vector<std::int32_t> data(count);
  fill_reduced(data.data(), DataType::int32, count, ReduceOp::sum, 0, 1, 3, 1);
  for (const std::size_t wrong : {100, 101, 102, 700}) data[wrong] = -1;
  const auto mismatch = verify_reduced(data.data(), DataType::int32, count, ReduceOp::sum, 1, 3, 1);
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->offset, 100U);
  EXPECT_EQ(mismatch->wrong, 4U);
  EXPECT_EQ(mismatch->got, -1);
}

TEST(VerifyReduced, FindsEverySingleFlippedBit) {
  for (const DataType type : all_types)
    for (const ReduceOp op : all_ops) {
      auto data = reduction(type, op, {0, 1, 2}, 3, 0, 1);
      for (std::size_t bit = 0; bit < few * size_of(type) * 8; ++bit) {
        data[bit / 8] ^= std::byte{1} << (bit % 8);
        const auto mismatch = verify_reduced(data.data(), type, few, op, 3, 0, 1);
        ASSERT_TRUE(mismatch) << "bit " << bit;
        ASSERT_EQ(mismatch->offset, bit / 8 / size_of(type));
        ASSERT_EQ(mismatch->wrong, 1U);
        data[bit / 8] ^= std::byte{1} << (bit % 8);
      }
    }
}

/// Most elements must give a wrong block away: 0.9 of them, and two thirds where the type holds few values.
TEST(VerifyReduced, FindsAnotherRoundAShiftAMissingRankAndADoubledOne) {
  for (const DataType type : all_types)
    for (const ReduceOp op : all_ops) {
      const auto wrong_of = [&](const std::vector<int>& order, std::uint64_t first, unsigned round) {
        const auto data = reduction(type, op, order, 4, first, round);
        const auto mismatch = verify_reduced(data.data(), type, count, op, 4, 0, 1);
        return mismatch ? mismatch->wrong : 0;
      };
      EXPECT_EQ(wrong_of({0, 1, 2, 3}, 0, 1), 0U);
      const std::size_t most = size_of(type) <= 2 ? count * 2 / 3 : count * 9 / 10;
      EXPECT_GT(wrong_of({0, 1, 2, 3}, 0, 2), most)
          << "another round" << static_cast<int>(type) << static_cast<int>(op);
      EXPECT_GT(wrong_of({0, 1, 2, 3}, 1, 1), most)
          << "shifted by one" << static_cast<int>(type) << static_cast<int>(op);
      EXPECT_GT(wrong_of({0, 1, 3}, 0, 1), count / 8) << "rank 2 is missing";
      const bool changes =
          op != ReduceOp::min && op != ReduceOp::max;  // these two take no notice of a value seen twice
      EXPECT_GE(wrong_of({0, 1, 2, 3, 3}, 0, 1), changes ? count / 8 : 0) << "rank 3 twice";
    }
}

TEST(VerifyCopied, AcceptsWhatWasFilledAndNamesTheFirstWrongElement) {
  for (const DataType type : all_types) {
    std::vector<std::byte> data(count * size_of(type));
    fill_copied(data.data(), type, count, 3, 1000, 2);
    EXPECT_FALSE(verify_copied(data.data(), type, count, 3, 1000, 2));
    data[500 * size_of(type)] ^= std::byte{4};
    data[900 * size_of(type)] ^= std::byte{4};
    const auto mismatch = verify_copied(data.data(), type, count, 3, 1000, 2);
    ASSERT_TRUE(mismatch);
    EXPECT_EQ(mismatch->offset, 500U);
    EXPECT_EQ(mismatch->wrong, 2U);
    EXPECT_NE(mismatch->got, mismatch->expected);
  }
}

TEST(VerifyCopied, FindsEverySingleFlippedBit) {
  for (const DataType type : all_types) {
    std::vector<std::byte> data(few * size_of(type));
    fill_copied(data.data(), type, few, 0, 0, 0);
    for (std::size_t bit = 0; bit < data.size() * 8; ++bit) {
      data[bit / 8] ^= std::byte{1} << (bit % 8);
      ASSERT_TRUE(verify_copied(data.data(), type, few, 0, 0, 0)) << "bit " << bit;
      data[bit / 8] ^= std::byte{1} << (bit % 8);
    }
  }
}

TEST(VerifyCopied, FindsAnotherRankAShiftAndAnotherRoundInNearlyEveryElement) {
  for (const DataType type : all_types) {
    std::vector<std::byte> data(count * size_of(type));
    fill_copied(data.data(), type, count, 3, 0, 2);
    const std::size_t nearly_all = size_of(type) == 1 ? count * 97 / 100 : count - 3;
    EXPECT_GT(verify_copied(data.data(), type, count, 2, 0, 2)->wrong, nearly_all) << "swapped ranks";
    EXPECT_GT(verify_copied(data.data(), type, count, 3, 1, 2)->wrong, nearly_all) << "shifted by one";
    EXPECT_GT(verify_copied(data.data(), type, count, 3, 0, 1)->wrong, nearly_all) << "stale round";
  }
}

TEST(Verify, FindsPoisonEverywhere) {
  for (const DataType type : all_types) {
    std::vector<std::byte> data(count * size_of(type));
    poison(data.data(), data.size());
    EXPECT_EQ(verify_copied(data.data(), type, count, 0, 0, 1)->wrong, count);
    for (const ReduceOp op : all_ops) EXPECT_EQ(verify_reduced(data.data(), type, count, op, 2, 0, 1)->wrong, count);
  }
}

TEST(Verify, AcceptsNoElements) {
  fill_copied(nullptr, DataType::float32, 0, 0, 0, 0);
  poison(nullptr, 0);
  EXPECT_FALSE(verify_copied(nullptr, DataType::float32, 0, 0, 0, 0));
  EXPECT_FALSE(verify_reduced(nullptr, DataType::float32, 0, ReduceOp::sum, 4, 0, 0));
}

TEST(VerifyReduced, RefusesNotANumberWhereItComparesWithinABound) {
  auto data = reduction(DataType::float32, ReduceOp::avg, {0, 1, 2}, 3, 0, 1);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(data.data() + 40, &nan, sizeof nan);
  const auto mismatch =
      verify_reduced(data.data(), DataType::float32, count, ReduceOp::avg, 3, 0, 1, Averaging::premultiplies);
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->offset, 10U);
}

/// avg as NCCL computes it, in random orders: the bound must hold, and must not be loose by much more than n.
TEST(AvgBound, HoldsForValuesMultipliedByARoundedInverse) {
  for (const int ranks : {3, 5, 7, 48, 1000}) {
    std::vector<float> sum(count, 0.0F), input(count);
    const float inverse = 1.0F / static_cast<float>(ranks);
    for (const int rank : ranks_in_random_order(ranks, 4)) {
      fill_reduced(input.data(), DataType::float32, count, ReduceOp::avg, rank, ranks, 0, 1);
      for (std::size_t i = 0; i < count; ++i) sum[i] += input[i] * inverse;
    }
    EXPECT_TRUE(verify_reduced(sum.data(), DataType::float32, count, ReduceOp::avg, ranks, 0, 1)) << ranks;
    EXPECT_FALSE(
        verify_reduced(sum.data(), DataType::float32, count, ReduceOp::avg, ranks, 0, 1, Averaging::premultiplies))
        << ranks;
    sum[7] *= 1 + 4 * static_cast<float>(avg_bound(DataType::float32, ranks, Averaging::premultiplies));
    EXPECT_TRUE(
        verify_reduced(sum.data(), DataType::float32, count, ReduceOp::avg, ranks, 0, 1, Averaging::premultiplies))
        << ranks;
  }
}

TEST(AvgBound, IsZeroWhereAvgIsExact) {
  EXPECT_EQ(avg_bound(DataType::float32, 3, Averaging::divides_once), 0);
  EXPECT_EQ(avg_bound(DataType::float32, 8, Averaging::premultiplies), 0);
  EXPECT_EQ(avg_bound(DataType::int32, 3, Averaging::premultiplies), 0);
  // (n+2)u / (1 − (n+2)u), n = 6, u = 2^-24: 8/(2^24 − 8)
  EXPECT_DOUBLE_EQ(avg_bound(DataType::float32, 6, Averaging::premultiplies), 8.0 / (16777216 - 8));
  EXPECT_DOUBLE_EQ(avg_bound(DataType::float64, 6, Averaging::premultiplies), 8.0 / (9007199254740992.0 - 8));
}

TEST(Divide, RoundsFloatsOnceAndIntegersTowardZero) {
  std::vector<std::int32_t> integers{7, -7, 6, 0};
  divide(integers.data(), DataType::int32, integers.size(), 3);
  EXPECT_EQ(integers, (std::vector<std::int32_t>{2, -2, 2, 0}));
  std::vector<float> floats{7.0F, 1.0F};
  divide(floats.data(), DataType::float32, floats.size(), 3);
  EXPECT_EQ(floats, (std::vector<float>{7.0F / 3.0F, 1.0F / 3.0F}));
}

}  // namespace
}  // namespace longhaul
