#include "collectives/mpi/communicator.hpp"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <numeric>

#include "away.hpp"
#include "collectives/contents.hpp"
#include "collectives/host_device.hpp"
#include "ranks.hpp"

namespace longhaul {
namespace {

using test::ranks;

constexpr std::array all_operations{Operation::all_reduce, Operation::all_gather, Operation::reduce_scatter,
                                    Operation::broadcast,  Operation::reduce,     Operation::all_to_all,
                                    Operation::send_recv};
constexpr std::array all_types{DataType::int32,   DataType::int64, DataType::float32,    DataType::float64,
                               DataType::float16, DataType::uint8, DataType::float8_e5m2};
constexpr std::array all_ops{ReduceOp::sum, ReduceOp::prod, ReduceOp::min, ReduceOp::max, ReduceOp::avg};

/// 0 bytes, less than one element, one element, and sizes that neither ranks nor types divide.
constexpr std::array sizes{0, 3, 8, 1000, 65'537};

/// Calls cut at this many elements; all_reduce on rails from this many bytes on.
MpiOptions with_chunks_of(std::size_t elements, std::size_t rail_bytes = 64 << 10) {
  return {.chunk_elements = elements, .rail_bytes = rail_bytes, .one_crossing_bytes = MpiOptions{}.one_crossing_bytes};
}

/// Every all_reduce on rails, and in two crossings where there are more than two sites.
MpiOptions always_split() { return {.chunk_elements = 1 << 20, .rail_bytes = 0, .one_crossing_bytes = 0}; }

Call call_of(const Point& point, const Buffers& buffers) {
  return {point.operation, point.algorithm, point.type,           point.op, point.in_place,
          buffers.send,    buffers.receive, buffers.counts.count, 0};
}

MpiCommunicator one_site(MpiOptions options = {}) {
  return MpiCommunicator(ranks(), layout_of(std::vector<int>(static_cast<std::size_t>(ranks().size()), 0)), options);
}

/// Each rank's site, for sites that are filled one after the other with these many ranks.
std::vector<int> filled(const std::vector<int>& ranks_per_site) {
  std::vector<int> sites;
  for (std::size_t site = 0; site < ranks_per_site.size(); ++site)
    sites.insert(sites.end(), static_cast<std::size_t>(ranks_per_site[site]), static_cast<int>(site));
  return sites;
}

/// Site layouts to try with as many ranks as there are.
std::vector<std::vector<int>> layouts() {
  const int n = ranks().size();
  std::vector<int> own(static_cast<std::size_t>(n)), alternating(own), by_three(own);
  std::iota(own.begin(), own.end(), 0);
  for (int rank = 0; rank < n; ++rank) {
    alternating[static_cast<std::size_t>(rank)] = rank % 2;
    by_three[static_cast<std::size_t>(rank)] = 2 - rank % 3;  // three sites, the last first
  }
  std::vector<std::vector<int>> all{filled({n}), own, alternating};
  if (n >= 3) all.push_back(by_three);
  if (n >= 3) all.push_back(filled({1, n - 1}));
  if (n == 4) all.push_back(filled({2, 2}));
  if (n == 8) all.push_back(filled({5, 3}));
  if (n == 8) all.push_back(filled({3, 2, 3}));
  if (n == 8) all.push_back({0, 1, 0, 0, 1, 0, 1, 0});  // 5+3, mixed
  return all;
}

/// All points of these axes that are defined.
std::vector<Point> points(Algorithm algorithm, int size) {
  std::vector<Point> all;
  for (const Operation operation : all_operations)
    for (const DataType type : all_types)
      for (const ReduceOp op : all_ops)
        for (const bool in_place : {false, true}) {
          if (!reduces(operation) && op != ReduceOp::sum) continue;
          if (in_place && !has_in_place(operation)) continue;
          if (algorithm == Algorithm::hierarchical && !has_hierarchical(operation)) continue;
          Point point;
          point.operation = operation;
          point.algorithm = algorithm;
          point.type = type;
          point.op = op;
          point.in_place = in_place;
          point.size = {static_cast<std::uint64_t>(size)};
          point.ranks = ranks().size();
          all.push_back(point);
        }
  return all;
}

/// One point's buffers on this rank.
struct Trial {
  Trial(const Point& its_point, unsigned its_round = 1)
      : point(its_point), round(its_round), buffers(device.allocate(point, ranks().rank())) {
    refill();
  }
  void refill() { device.fill(point, buffers, ranks().rank(), round); }
  void run(MpiCommunicator& communicator) { communicator.run(call_of(point, buffers)); }
  std::optional<Mismatch> verify() { return device.verify(point, buffers, ranks().rank(), round); }
  void expect_right(const std::string& where) {
    const auto mismatch = verify();
    EXPECT_FALSE(mismatch) << point.key() << " " << where << ": element " << mismatch->offset << " expected "
                           << mismatch->expected << " got " << mismatch->got << ", " << mismatch->wrong << " wrong";
  }

  HostDevice device;
  Point point;
  unsigned round;
  Buffers buffers;
};

void run_and_verify(MpiCommunicator& communicator, Algorithm algorithm, const std::string& where) {
  for (const int size : sizes)
    for (const Point& point : points(algorithm, size)) {
      Trial trial(point);
      trial.run(communicator);
      trial.expect_right(where);
    }
}

TEST(MpiCommunicator, DeliversEveryOperationTypeAndOpInAndOutOfPlace) {
  auto communicator = one_site();
  run_and_verify(communicator, Algorithm::flat, "flat");
}

/// The memory of a GPU is not the host's: what MPI leaves to us goes through the device.
TEST(MpiCommunicator, LeavesADevicesMemoryToMpiAndTheDevice) {
  test::AwayDevice device;
  const auto rank = ranks().rank();
  for (const auto& options : {MpiOptions{}, always_split(), with_chunks_of(7)})
    for (const auto& sites : {layouts().front(), layouts().back()}) {
      MpiCommunicator communicator(ranks(), layout_of(sites), options, &device);
      for (const auto algorithm : {Algorithm::flat, Algorithm::hierarchical})
        for (const int size : {options.chunk_elements > 1000 ? 1000 : 28, options.chunk_elements > 1000 ? 65'537 : 100})
          for (const Point& point : points(algorithm, size)) {
            // One type of MPI's and one of ours, an op of MPI's and one that we end.
            if (point.type != DataType::int32 && point.type != DataType::float16) continue;
            if (point.op != ReduceOp::sum && point.op != ReduceOp::avg) continue;
            const auto buffers = device.allocate(point, rank);
            device.fill(point, buffers, rank, 1);
            communicator.run(call_of(point, buffers));
            EXPECT_FALSE(device.verify(point, buffers, rank, 1)) << point.key();
          }
    }
}

TEST(MpiCommunicator, DeliversTheSameWhenCallsAreCutIntoTinyPieces) {
  for (const int chunk : {1, 7, 1000}) {
    auto communicator = one_site(with_chunks_of(static_cast<std::size_t>(chunk)));
    for (const int size : {0, 8, 20 * chunk})
      for (const Point& point : points(Algorithm::flat, size)) {
        Trial trial(point);
        trial.run(communicator);
        trial.expect_right(fmt::format("cut at {}", chunk));
      }
  }
}

TEST(MpiCommunicator, DeliversHierarchicallyForEveryLayoutOfSites) {
  for (const auto& sites : layouts()) {
    MpiCommunicator communicator(ranks(), layout_of(sites));
    run_and_verify(communicator, Algorithm::hierarchical, placement_text(sites));
  }
}

TEST(MpiCommunicator, DeliversHierarchicallyOverRailsAndInTwoCrossings) {
  for (const auto& sites : layouts()) {
    MpiCommunicator communicator(ranks(), layout_of(sites), always_split());
    run_and_verify(communicator, Algorithm::hierarchical, placement_text(sites) + " on rails");
  }
}

TEST(MpiCommunicator, DeliversHierarchicallyWhenCutIntoTinyPieces) {
  for (const auto& sites : layouts())
    for (const std::size_t rail_bytes : {std::size_t{0}, std::size_t{1} << 30}) {
      MpiCommunicator communicator(ranks(), layout_of(sites), with_chunks_of(13, rail_bytes));
      for (const Point& point : points(Algorithm::hierarchical, 250)) {
        Trial trial(point);
        trial.run(communicator);
        trial.expect_right(placement_text(sites) + " cut at 13");
      }
    }
}

TEST(MpiCommunicator, DeliversTheSameAgainWhenRunManyTimesOutOfPlace) {
  MpiCommunicator communicator(ranks(), layout_of(layouts().back()));
  for (const Algorithm algorithm : {Algorithm::flat, Algorithm::hierarchical})
    for (const Point& point : points(algorithm, 4096)) {
      if (point.in_place) continue;
      Trial trial(point);
      for (int run = 0; run < 3; ++run) trial.run(communicator);
      trial.expect_right("third run");
    }
}

TEST(MpiCommunicator, LeavesItsInputAloneOutOfPlace) {
  MpiCommunicator communicator(ranks(), layout_of(layouts().back()), always_split());
  for (const Algorithm algorithm : {Algorithm::flat, Algorithm::hierarchical})
    for (const Point& point : points(algorithm, 4096)) {
      if (point.in_place) continue;
      Trial trial(point);
      const auto* const begin = static_cast<const std::byte*>(trial.buffers.send);
      const std::vector<std::byte> before(begin, begin + trial.buffers.counts.send * size_of(point.type));
      trial.run(communicator);
      EXPECT_TRUE(std::equal(before.begin(), before.end(), begin)) << point.key();
    }
}

TEST(MpiCommunicator, IsCaughtWhenOneByteOfTheResultIsAltered) {
  auto communicator = one_site();
  for (const Point& point : points(Algorithm::flat, 1000)) {
    Trial trial(point);
    trial.run(communicator);
    const std::size_t elements = trial.buffers.counts.receive;
    if (elements == 0 || (point.operation == Operation::reduce && ranks().rank() != 0)) continue;
    const std::size_t victim = elements - 1;
    static_cast<std::byte*>(trial.buffers.receive)[victim * size_of(point.type)] ^= std::byte{1};
    const auto mismatch = trial.verify();
    ASSERT_TRUE(mismatch) << point.key();
    EXPECT_EQ(mismatch->offset, victim) << point.key();
    EXPECT_EQ(mismatch->wrong, 1U) << point.key();
  }
}

TEST(MpiCommunicator, IsCaughtWhenItDoesNotRunOrRunsOnInputsOfAnotherRound) {
  auto communicator = one_site();
  for (const Point& point : points(Algorithm::flat, 1000)) {
    if (point.in_place && (ranks().size() == 1 || point.operation == Operation::broadcast)) continue;  // already there
    if (point.operation == Operation::reduce && ranks().rank() != 0) continue;
    EXPECT_TRUE(Trial(point).verify()) << point.key() << " did not run";
  }
  for (const Point& point : points(Algorithm::flat, 1000)) {
    Trial trial(point, 1);
    trial.run(communicator);
    trial.round = 2;
    if (point.operation == Operation::reduce && ranks().rank() != 0) continue;
    EXPECT_TRUE(trial.verify()) << point.key() << " of the round before";
  }
}

TEST(MpiCommunicator, SendsAndReceivesOverTheTransportOfTheCollectives) {
  auto communicator = one_site(with_chunks_of(3));
  const std::string text = "eight or more bytes";
  if (communicator.rank() == 0)
    for (int peer = 1; peer < communicator.size(); ++peer) communicator.send(peer, text.data(), text.size());
  else {
    std::string got(text.size(), ' ');
    communicator.receive(0, got.data(), got.size());
    EXPECT_EQ(got, text);
  }
}

TEST(MpiCommunicator, SaysWhatItIs) {
  auto communicator = one_site();
  EXPECT_EQ(communicator.backend(), "mpi");
  EXPECT_EQ(communicator.size(), ranks().size());
  EXPECT_EQ(communicator.rank(), ranks().rank());
  EXPECT_EQ(communicator.library().find(ranks().library() + ", "), 0U) << communicator.library();
}

TEST(MpiCommunicator, RefusesWhatItCannotDo) {
  auto communicator = one_site();
  Call hierarchical_broadcast, all_to_all_in_place;
  hierarchical_broadcast.operation = Operation::broadcast;
  hierarchical_broadcast.algorithm = Algorithm::hierarchical;
  all_to_all_in_place.operation = Operation::all_to_all;
  all_to_all_in_place.in_place = true;
  EXPECT_THROW(communicator.run(hierarchical_broadcast), UsageError);
  EXPECT_THROW(communicator.run(all_to_all_in_place), UsageError);
  EXPECT_THROW(MpiCommunicator(ranks(), layout_of(std::vector<int>(static_cast<std::size_t>(ranks().size()) + 1, 0))),
               UsageError);
  EXPECT_THROW(one_site(with_chunks_of(0)), UsageError);
}

}  // namespace
}  // namespace longhaul
