#include "kernels/pattern.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "kernels/table.hpp"

namespace longhaul {
namespace {

constexpr std::int64_t float32_exact = std::int64_t{1} << 24;  // IEEE 754 binary32: integers to 2^24 are exact

TEST(Pattern, KeepsCopiedValuesWithinWhatEachTypeHoldsExactly) {
  for (std::uint32_t offset = 0; offset < 100'000; ++offset) {
    const auto seed = pattern::seed(7, 3);
    const float in_float32 = pattern::copied<float>(seed, offset);
    EXPECT_LT(in_float32, static_cast<float>(float32_exact));
    EXPECT_EQ(in_float32, std::floor(in_float32));
    EXPECT_GE(pattern::copied<std::int32_t>(seed, offset), 0);
    const auto in_int64 = pattern::copied<std::int64_t>(seed, offset);
    EXPECT_EQ(static_cast<double>(in_int64), pattern::copied<double>(seed, offset));
    EXPECT_LT(in_int64, std::int64_t{1} << 53);
  }
}

TEST(Pattern, DrawsCopiedEightByteValuesFromBothHalvesOfTheWord) {
  std::int64_t any = 0;
  for (std::uint32_t offset = 0; offset < 1000; ++offset) any |= pattern::copied<std::int64_t>(1, offset);
  EXPECT_EQ(any, (std::int64_t{1} << 47) - 1);
}

TEST(Pattern, SumsUpToTheMostRanksExactlyInFloat32) {
  std::int32_t least = 1000, greatest = -1000;
  for (std::uint32_t rank = 0; rank < 300; ++rank)
    for (std::uint32_t cell = 0; cell < pattern::cells; ++cell) {
      least = std::min(least, pattern::reduced(ReduceOp::sum, rank, cell));
      greatest = std::max(greatest, pattern::reduced(ReduceOp::sum, rank, cell));
    }
  EXPECT_EQ(least, 1);
  EXPECT_EQ(greatest, 256);
  EXPECT_LE(std::int64_t{pattern::max_summed_ranks} * greatest, float32_exact);
}

TEST(Pattern, KeepsEveryProductOfAnyRanksBelowTwoToThe24) {
  for (std::uint32_t cell = 0; cell < pattern::cells; ++cell) {
    std::int64_t product = 1;  // of magnitudes: no partial product in any order is larger
    for (std::uint32_t rank = 0; rank < 1000; ++rank) {
      const auto value = std::abs(pattern::reduced(ReduceOp::prod, rank, cell));
      EXPECT_GE(value, 1);
      EXPECT_TRUE(rank < 16 || value == 1) << rank;
      product *= value;
    }
    EXPECT_LT(product, float32_exact);
  }
}

TEST(Pattern, LetsEveryRankWinTheMinimumSomewhere) {
  constexpr std::uint32_t ranks = 8;
  std::vector<int> wins(ranks);
  for (std::uint32_t cell = 0; cell < pattern::cells; ++cell) {
    std::uint32_t winner = 0;
    for (std::uint32_t rank = 1; rank < ranks; ++rank)
      if (pattern::reduced(ReduceOp::min, rank, cell) < pattern::reduced(ReduceOp::min, winner, cell)) winner = rank;
    ++wins[winner];
  }
  for (std::uint32_t rank = 0; rank < ranks; ++rank) EXPECT_GT(wins[rank], 8) << "rank " << rank;  // of 256/8 = 32
}

TEST(Pattern, TellsOffsetsApartEvenAtTheMinimumOfThousandsOfRanks) {
  const auto least = pattern::result<std::int32_t>(ReduceOp::min, 5000);
  std::vector<std::int32_t> sorted(least.begin(), least.end());
  std::sort(sorted.begin(), sorted.end());
  const auto distinct = std::unique(sorted.begin(), sorted.end()) - sorted.begin();
  EXPECT_GT(distinct, 128);
}

TEST(Pattern, NeverGivesNeighbouringRoundsOrElementsOfARunTheSameCell) {
  for (std::uint32_t offset = 0; offset < 1000; ++offset) {
    for (const std::uint32_t later : {42U, 43U, 44U, 296U})
      EXPECT_NE(pattern::cell(offset, 41), pattern::cell(offset, later)) << offset;
    if (offset % pattern::run != 0) {
      EXPECT_EQ((pattern::cell(offset - 1, 41) + 1) % pattern::cells, pattern::cell(offset, 41));
    }
  }
}

TEST(Pattern, SeldomGivesAnElementTheCellOfOneAtADistance) {
  for (const std::uint32_t distance : {1U, 15U, 16U, 17U, 256U, 4096U, 1U << 20}) {
    int same = 0;
    for (std::uint32_t offset = 0; offset < 4096; ++offset)
      same += pattern::cell(offset, 1) == pattern::cell(offset + distance, 1);
    EXPECT_LT(same, 4096 / 64) << distance;  // 16 are expected of independent hashes
  }
}

TEST(Pattern, TellsOffsetsBeyondFourGigaElementsFromThoseBelow) {
  const auto seed = pattern::seed(0, 0);
  int same = 0;
  for (std::uint64_t offset = 0; offset < 1000; ++offset)
    same += pattern::copied<float>(seed, pattern::fold(offset)) ==
            pattern::copied<float>(seed, pattern::fold(offset + (std::uint64_t{1} << 32)));
  EXPECT_LT(same, 5);
}

TEST(PatternTable, HoldsTheResultOfAllRanksInWorkedCells) {
  const std::uint32_t cell = 17;
  const int a = pattern::reduced(ReduceOp::sum, 0, cell), b = pattern::reduced(ReduceOp::sum, 1, cell),
            c = pattern::reduced(ReduceOp::sum, 2, cell);
  EXPECT_EQ(pattern::result<std::int32_t>(ReduceOp::sum, 3)[cell], a + b + c);
  EXPECT_EQ(pattern::result<std::int32_t>(ReduceOp::avg, 3)[cell], (a + b + c) / 3);
  EXPECT_EQ(pattern::result<double>(ReduceOp::avg, 3)[cell], (a + b + c) / 3.0);
  EXPECT_EQ(pattern::result<std::int64_t>(ReduceOp::prod, 2)[cell],
            pattern::reduced(ReduceOp::prod, 0, cell) * pattern::reduced(ReduceOp::prod, 1, cell));
  EXPECT_EQ(
      pattern::result<float>(ReduceOp::max, 2)[cell],
      static_cast<float>(std::max(pattern::reduced(ReduceOp::max, 0, cell), pattern::reduced(ReduceOp::max, 1, cell))));
}

}  // namespace
}  // namespace longhaul
