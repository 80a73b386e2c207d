#include "collectives/counts.hpp"

#include <gtest/gtest.h>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

void expect_counts(const Counts& counts, std::size_t send, std::size_t receive, std::size_t count,
                   std::uint64_t moved) {
  EXPECT_EQ(counts.send, send);
  EXPECT_EQ(counts.receive, receive);
  EXPECT_EQ(counts.count, count);
  EXPECT_EQ(counts.moved.count, moved);
}

TEST(CountsOf, GivesEachRankTheWholeSizeWhereEachHasTheWhole) {
  for (const auto operation : {Operation::all_reduce, Operation::broadcast, Operation::reduce, Operation::send_recv})
    expect_counts(counts_of(operation, {65536}, DataType::float32, 4), 16384, 16384, 16384, 65536);
}

// NCCL: sendcount · n of all_gather and recvcount · n of reduce_scatter are the size (nccl-tests, doc/PERFORMANCE.md).
TEST(CountsOf, DividesTheSizeWhereEachRankHasAShare) {
  expect_counts(counts_of(Operation::all_gather, {65536}, DataType::float32, 4), 4096, 16384, 4096, 65536);
  expect_counts(counts_of(Operation::reduce_scatter, {65536}, DataType::float64, 4), 8192, 2048, 2048, 65536);
  expect_counts(counts_of(Operation::all_to_all, {65536}, DataType::int64, 4), 8192, 8192, 2048, 65536);
}

TEST(CountsOf, RoundsDownToWholeElementsAndEqualShares) {
  expect_counts(counts_of(Operation::all_reduce, {1003}, DataType::float64, 3), 125, 125, 125, 1000);
  expect_counts(counts_of(Operation::all_gather, {1003}, DataType::float32, 3), 83, 249, 83, 996);
  expect_counts(counts_of(Operation::all_to_all, {1003}, DataType::int64, 8), 120, 120, 15, 960);
}

TEST(CountsOf, KeepsAFewBytesOverAsManyRanks) {
  expect_counts(counts_of(Operation::all_gather, {16}, DataType::float32, 4), 1, 4, 1, 16);
  expect_counts(counts_of(Operation::reduce_scatter, {16}, DataType::float32, 5), 0, 0, 0, 0);
}

TEST(CountsOf, DefinesNoBytesAndOneRank) {
  for (const auto operation : {Operation::all_reduce, Operation::all_gather, Operation::reduce_scatter,
                               Operation::broadcast, Operation::reduce, Operation::all_to_all, Operation::send_recv}) {
    expect_counts(counts_of(operation, {0}, DataType::float32, 4), 0, 0, 0, 0);
    expect_counts(counts_of(operation, {64}, DataType::float32, 1), 16, 16, 16, 64);
    EXPECT_THROW(counts_of(operation, {64}, DataType::float32, 0), UsageError);
  }
}

TEST(CountsOf, CountsBeyondFourGigaElements) {
  expect_counts(counts_of(Operation::all_reduce, {std::uint64_t{1} << 36}, DataType::float32, 2), std::size_t{1} << 34,
                std::size_t{1} << 34, std::size_t{1} << 34, std::uint64_t{1} << 36);
}

TEST(AlgorithmBandwidth, IsSizeOverTime) {
  EXPECT_DOUBLE_EQ(algorithm_bandwidth({1'000'000'000}, 100ms).value, 1e10);
  EXPECT_EQ(algorithm_bandwidth({0}, 1ms).value, 0);
  EXPECT_EQ(algorithm_bandwidth({8}, 0ns).value, 0);
}

// The factors of nccl-tests' doc/PERFORMANCE.md, "Summary", at n = 8.
TEST(BusFactor, FollowsNcclTests) {
  EXPECT_DOUBLE_EQ(bus_factor(Operation::all_reduce, 8), 1.75);
  EXPECT_DOUBLE_EQ(bus_factor(Operation::reduce_scatter, 8), 0.875);
  EXPECT_DOUBLE_EQ(bus_factor(Operation::all_gather, 8), 0.875);
  EXPECT_DOUBLE_EQ(bus_factor(Operation::all_to_all, 8), 0.875);
  EXPECT_DOUBLE_EQ(bus_factor(Operation::broadcast, 8), 1);
  EXPECT_DOUBLE_EQ(bus_factor(Operation::reduce, 8), 1);
  EXPECT_DOUBLE_EQ(bus_factor(Operation::send_recv, 8), 1);
}

TEST(BusFactor, IsNothingForOneRankWhereRanksShareTheWork) {
  EXPECT_EQ(bus_factor(Operation::all_reduce, 1), 0);
  EXPECT_EQ(bus_factor(Operation::all_gather, 1), 0);
  EXPECT_EQ(bus_factor(Operation::broadcast, 1), 1);
  EXPECT_THROW(bus_factor(Operation::all_reduce, 0), UsageError);
}

TEST(BusBandwidth, IsTheSpeedOfALinkThatTheBestAlgorithmFills) {
  // t = S·2(n−1)/(n·B): 4 ranks, B = 10 GB/s, S = 1 GB take 150 ms
  EXPECT_DOUBLE_EQ(bus_bandwidth(Operation::all_reduce, algorithm_bandwidth({1'000'000'000}, 150ms), 4).value, 1e10);
}

TEST(LeastBytesBetweenSites, CountsWhatASiteCannotKeep) {
  const Bytes size{8000};
  EXPECT_EQ(least_bytes_between_sites(Operation::all_reduce, size, 5, 8).count, 8000U);
  EXPECT_EQ(least_bytes_between_sites(Operation::reduce, size, 5, 8).count, 8000U);
  EXPECT_EQ(least_bytes_between_sites(Operation::broadcast, size, 5, 8).count, 8000U);
  EXPECT_EQ(least_bytes_between_sites(Operation::send_recv, size, 5, 8).count, 8000U);
  EXPECT_EQ(least_bytes_between_sites(Operation::all_gather, size, 5, 8).count, 5000U);      // five blocks of 1000
  EXPECT_EQ(least_bytes_between_sites(Operation::reduce_scatter, size, 5, 8).count, 3000U);  // three shares of 1000
  EXPECT_EQ(least_bytes_between_sites(Operation::all_to_all, size, 5, 8).count, 15000U);     // 5 ranks × 3 × 1000
}

TEST(LeastBytesBetweenSites, IsNothingWithinOneSite) {
  EXPECT_EQ(least_bytes_between_sites(Operation::all_reduce, {8000}, 8, 8).count, 0U);
  EXPECT_THROW(least_bytes_between_sites(Operation::all_reduce, {8000}, 9, 8), UsageError);
  EXPECT_THROW(least_bytes_between_sites(Operation::all_reduce, {8000}, 0, 8), UsageError);
}

}  // namespace
}  // namespace longhaul
