#include "collectives/net/program.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>

#include "tests/collectives/net/ring_in_virtual_time.hpp"

namespace longhaul::net {
namespace {

using test::programs_of;
using test::RingInVirtualTime;

constexpr double kRtt = 1;
/// Four ranks in two sites: the ring crosses between 1 and 2 and between 3 and 0; and one that crosses at every step.
const std::vector<double> kTwoCrossings{0, kRtt / 2, 0, kRtt / 2};
const std::vector<double> kFourCrossings{kRtt / 2, kRtt / 2, kRtt / 2, kRtt / 2};
const std::vector<double> kTwoHosts{kRtt / 2, kRtt / 2};

/// Buffers that are pointed into, never touched.
std::byte* untouched() {
  static const auto memory = std::make_unique_for_overwrite<std::byte[]>(std::size_t{256} << 20);
  return memory.get();
}

Writer writer(Place place, std::byte* memory = untouched()) {
  return {place, Chunking{}, DataType::uint8, memory, memory, false};
}

std::vector<Program> all_reduce(int ranks, std::size_t bytes) {
  return programs_of(ranks, [&](Place place) { return writer(place).all_reduce({0, bytes}); });
}

std::vector<Program> all_gather(int ranks, std::size_t bytes) {
  return programs_of(ranks, [&](Place place) {
    std::vector<Block> blocks;
    for (int i = 0; i < ranks; ++i) blocks.push_back(part_of(bytes, ranks, i));
    return writer(place).all_gather(blocks, untouched());
  });
}

std::vector<Program> reduce_scatter(int ranks, std::size_t bytes) {
  return programs_of(ranks, [&](Place place) {
    std::vector<Block> blocks;
    for (int i = 0; i < ranks; ++i) blocks.push_back(part_of(bytes, ranks, i));
    return writer(place).reduce_scatter(blocks, untouched());
  });
}

std::vector<Program> broadcast(int ranks, std::size_t bytes, int root) {
  return programs_of(ranks, [&](Place place) { return writer(place).broadcast({0, bytes}, root); });
}

std::vector<Program> reduce(int ranks, std::size_t bytes, int root) {
  return programs_of(ranks, [&](Place place) { return writer(place).reduce({0, bytes}, root); });
}

/// Everyone sends to the next of the ring, and receives from the one before. all_to_all does so with every peer at
/// once, so that its time is that of the farthest.
std::vector<Program> to_the_next(int ranks, std::size_t bytes) {
  return programs_of(ranks, [&](Place) {
    auto program = Writer::send_to_peer(untouched(), bytes, Chunking{});
    const auto receives = Writer::receive_from_peer(untouched(), bytes, Chunking{});
    program.insert(program.end(), receives.begin(), receives.end());
    return program;
  });
}

/// Measured with NCCL 2.28.9 over a real delay: latency = k · RTT and the CPU's share.
TEST(RingProgram, TakesAsManyRoundTripsAsNcclDoes) {
  const std::size_t small = 1024;
  EXPECT_DOUBLE_EQ(RingInVirtualTime{kTwoCrossings}.run(all_reduce(4, small)), 1.5);
  EXPECT_DOUBLE_EQ(RingInVirtualTime{kTwoCrossings}.run(all_gather(4, small)), 1.0);
  EXPECT_DOUBLE_EQ(RingInVirtualTime{kFourCrossings}.run(all_reduce(4, small)), 3.0);
  EXPECT_DOUBLE_EQ(RingInVirtualTime{kFourCrossings}.run(all_gather(4, small)), 1.5);
  EXPECT_DOUBLE_EQ(RingInVirtualTime{kTwoHosts}.run(all_reduce(2, small)), 1.0);
  EXPECT_DOUBLE_EQ(RingInVirtualTime{kTwoHosts}.run(all_gather(2, small)), 0.5);
}

/// The rest of the operations, by the same rule: crossings of half a round trip on the longest chain of steps.
TEST(RingProgram, TakesHalfARoundTripForEachCrossingOfItsLongestChain) {
  const std::size_t small = 1024;
  const RingInVirtualTime two{kTwoCrossings}, four{kFourCrossings}, hosts{kTwoHosts};
  EXPECT_DOUBLE_EQ(two.run(reduce_scatter(4, small)), 1.0);
  EXPECT_DOUBLE_EQ(four.run(reduce_scatter(4, small)), 1.5);
  EXPECT_DOUBLE_EQ(hosts.run(reduce_scatter(2, small)), 0.5);
  // Sites lie between 1 and 2, and between 3 and 0: of the chain from root 0 round to 3 one edge crosses, of that from
  // root 1 round to 0 both do; of the chain that ends at 0 both, of that which ends at 1 one.
  EXPECT_DOUBLE_EQ(two.run(broadcast(4, small, 0)), 0.5);
  EXPECT_DOUBLE_EQ(two.run(broadcast(4, small, 1)), 1.0);
  EXPECT_DOUBLE_EQ(four.run(broadcast(4, small, 0)), 1.5);
  EXPECT_DOUBLE_EQ(hosts.run(broadcast(2, small, 0)), 0.5);
  EXPECT_DOUBLE_EQ(two.run(reduce(4, small, 0)), 1.0);
  EXPECT_DOUBLE_EQ(two.run(reduce(4, small, 1)), 0.5);
  EXPECT_DOUBLE_EQ(four.run(reduce(4, small, 0)), 1.5);
  EXPECT_DOUBLE_EQ(hosts.run(reduce(2, small, 0)), 0.5);
  EXPECT_DOUBLE_EQ(two.run(to_the_next(4, small)), 0.5);
  EXPECT_DOUBLE_EQ(four.run(to_the_next(4, small)), 0.5);
}

/// A ring carries one chunk (BUFFSIZE / 2) of each rank a ring turn: 64 MiB are 8 turns of 4 × 2 MiB, and all_reduce
/// goes 2(n − 1)/n of the way round in each.
TEST(RingProgram, IsBoundByAChunkOfEachRankARingTurn) {
  const std::size_t large = std::size_t{64} << 20;
  const double reduced = RingInVirtualTime{kTwoCrossings}.run(all_reduce(4, large));
  EXPECT_GE(reduced, 8 * 1.5 * 0.9);
  EXPECT_LE(reduced, 8 * 1.5 * 1.05);
  const double doubled = RingInVirtualTime{kFourCrossings}.run(all_reduce(4, large));
  EXPECT_NEAR(doubled / reduced, 2, 0.1);
}

/// With acknowledged sends a connection has 4 MiB under way a round trip: 1.5 · 64 MiB cross each way.
TEST(RingProgram, IsBoundByTheWindowWhereSendsAreAcknowledged) {
  const std::size_t large = std::size_t{64} << 20;
  const double time = RingInVirtualTime{kTwoCrossings, true}.run(all_reduce(4, large));
  EXPECT_GE(time, 1.5 * 16 - 1);  // the last window need not come back
  EXPECT_LE(time, 1.5 * 16 * 1.1);
}

TEST(RingProgram, SendsWhatItsNeighbourReceives) {
  for (const int ranks : {2, 3, 4, 5})
    for (const std::size_t bytes : {1UL, 7UL, 100'000UL, 9'000'001UL})
      for (const auto& programs : {all_reduce(ranks, bytes), all_gather(ranks, bytes)})
        for (std::size_t at = 0; at < programs.size(); ++at) {
          std::vector<std::size_t> sent, received;
          for (const auto& step : programs[at])
            if (step.sends) sent.push_back(step.count);
          for (const auto& step : programs[(at + 1) % programs.size()])
            if (step.receives) received.push_back(step.count);
          EXPECT_EQ(sent, received) << ranks << " ranks, " << bytes << " B";
        }
}

TEST(RingProgram, CutsChunksIntoTwoMessagesOfTwoSlots) {
  std::vector<std::byte> memory(std::size_t{8} << 20);
  const auto program = writer({0, 4}, memory.data()).all_reduce({0, memory.size()});
  ASSERT_EQ(program.size(), 14U);  // 7 parts of the kernel, two messages each
  for (const auto& step : program) {
    EXPECT_EQ(step.count, std::size_t{1} << 20);
    EXPECT_EQ(step.credits, 2);
  }
  EXPECT_EQ(program[0].in, memory.data() + (std::size_t{6} << 20));  // the chunk of the rank before
}

TEST(RingProgram, PartsCoverEverythingOnce) {
  for (const std::size_t count : {0UL, 1UL, 10UL, 1001UL}) {
    std::size_t covered = 0;
    for (int i = 0; i < 3; ++i) {
      const auto part = part_of(count, 3, i);
      EXPECT_EQ(part.begin, covered);
      covered += part.count;
    }
    EXPECT_EQ(covered, count);
  }
}

}  // namespace
}  // namespace longhaul::net
