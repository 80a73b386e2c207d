#include "collectives/host_device.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include "collectives/contents.hpp"
#include "kernels/pattern.hpp"
#include "topologies/error.hpp"

/// The sanitizers would end the program where malloc only returns null.
// NOLINTBEGIN(bugprone-reserved-identifier): the names that they call
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
extern "C" const char* __tsan_default_options() { return "allocator_may_return_null=1"; }
// NOLINTEND(bugprone-reserved-identifier)

namespace longhaul {
namespace {

Point point_of(Operation operation, bool in_place, int ranks, std::uint64_t size) {
  Point point;
  point.operation = operation;
  point.in_place = in_place;
  point.ranks = ranks;
  point.size = {size};
  return point;
}

std::ptrdiff_t elements_between(const void* from, const void* to) {
  return (static_cast<const std::byte*>(to) - static_cast<const std::byte*>(from)) /
         static_cast<std::ptrdiff_t>(sizeof(float));
}

TEST(HostDevice, AlignsBuffersToPages) {
  HostDevice device;
  const auto buffers = device.allocate(point_of(Operation::all_reduce, false, 4, 1000), 0);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffers.send) % 4096, 0U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffers.receive) % 4096, 0U);
  EXPECT_NE(buffers.send, buffers.receive);
}

TEST(HostDevice, HasAddressesForNoBytesToo) {
  HostDevice device;
  const Point point = point_of(Operation::all_gather, false, 4, 0);
  const auto buffers = device.allocate(point, 3);
  EXPECT_NE(buffers.send, nullptr);
  EXPECT_NE(buffers.receive, nullptr);
  device.fill(point, buffers, 3, 1);
  EXPECT_FALSE(device.verify(point, buffers, 3, 1));
}

TEST(HostDevice, LaysBuffersOverEachOtherInPlaceAsNcclDoes) {
  HostDevice device;
  const auto all_reduce = device.allocate(point_of(Operation::all_reduce, true, 4, 64), 2);
  EXPECT_EQ(all_reduce.send, all_reduce.receive);
  const auto all_gather = device.allocate(point_of(Operation::all_gather, true, 4, 64), 2);
  EXPECT_EQ(elements_between(all_gather.receive, all_gather.send), 8);  // 64 B / 4 B / 4 ranks, slot 2
  const auto reduce_scatter = device.allocate(point_of(Operation::reduce_scatter, true, 4, 64), 2);
  EXPECT_EQ(elements_between(reduce_scatter.send, reduce_scatter.receive), 8);
}

TEST(HostDevice, PoisonsWhatIsNotInputSoThatDoingNothingIsWrongEverywhere) {
  HostDevice device;
  const Point point = point_of(Operation::all_gather, true, 4, 64);
  const auto buffers = device.allocate(point, 2);
  device.fill(point, buffers, 2, 1);
  const auto mismatch = device.verify(point, buffers, 2, 1);
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->offset, 0U);
  EXPECT_EQ(mismatch->wrong, 12U) << "all but its own slot of 4";
}

TEST(HostDevice, FindsABlockInTheWrongPlace) {
  HostDevice device;
  const Point point = point_of(Operation::all_gather, false, 2, 80);
  const auto ours = device.allocate(point, 0), theirs = device.allocate(point, 1);
  device.fill(point, ours, 0, 1);
  device.fill(point, theirs, 1, 1);
  std::byte* const receive = static_cast<std::byte*>(ours.receive);
  std::memcpy(receive, ours.send, 40);
  std::memcpy(receive + 40, theirs.send, 40);
  EXPECT_FALSE(device.verify(point, ours, 0, 1));
  std::memcpy(receive, theirs.send, 40);
  std::memcpy(receive + 40, ours.send, 40);
  EXPECT_EQ(device.verify(point, ours, 0, 1)->wrong, 20U) << "swapped ranks";
}

TEST(HostDevice, RefusesWhatItCouldNotVerify) {
  HostDevice device;
  EXPECT_THROW(device.allocate(point_of(Operation::all_to_all, true, 4, 64), 0), UsageError);
  EXPECT_THROW(device.allocate(point_of(Operation::all_reduce, false, pattern::max_summed_ranks + 1, 64), 0),
               UsageError);
  EXPECT_NO_THROW(device.allocate(point_of(Operation::broadcast, false, pattern::max_summed_ranks + 1, 64), 0));
}

TEST(HostDevice, SaysHowMuchMemoryItCouldNotGet) {
  HostDevice device;
  try {
    device.allocate(point_of(Operation::all_reduce, false, 2, std::uint64_t{1} << 60), 0);
    FAIL() << "an exbibyte was found";
  } catch (const EnvironmentError& error) {
    EXPECT_NE(std::string(error.what()).find("cannot allocate 1048576 TiB of host memory"), std::string::npos)
        << error.what();
  }
}

TEST(Expected, NamesWhoseDataARankMustHold) {
  const auto expected_of = [](Operation operation, int rank) {
    const Point point = point_of(operation, false, 3, 48);
    return expected(point, counts_of(operation, point.size, point.type, 3), rank);
  };
  using Stretches = std::vector<Stretch>;
  EXPECT_EQ(expected_of(Operation::all_reduce, 1), (Stretches{{0, 12, 0, 0}}));
  EXPECT_EQ(expected_of(Operation::reduce_scatter, 1), (Stretches{{0, 4, 0, 4}})) << "its share of the sum begins at 4";
  EXPECT_EQ(expected_of(Operation::reduce, 0), (Stretches{{0, 12, 0, 0}}));
  EXPECT_EQ(expected_of(Operation::reduce, 1), Stretches{});
  EXPECT_EQ(expected_of(Operation::broadcast, 2), (Stretches{{0, 12, 0, 0}}));
  EXPECT_EQ(expected_of(Operation::all_gather, 1), (Stretches{{0, 4, 0, 0}, {4, 4, 1, 0}, {8, 4, 2, 0}}));
  EXPECT_EQ(expected_of(Operation::all_to_all, 1), (Stretches{{0, 4, 0, 4}, {4, 4, 1, 4}, {8, 4, 2, 4}}));
  EXPECT_EQ(expected_of(Operation::send_recv, 0), (Stretches{{0, 12, 2, 0}})) << "from the rank before it";
}

TEST(AveragingOf, KnowsThatNcclPremultipliesUnlessTheHierarchyDivides) {
  Point point;
  EXPECT_EQ(averaging_of(point), Averaging::divides_once);
  point.backend = "nccl";
  EXPECT_EQ(averaging_of(point), Averaging::premultiplies);
  point.algorithm = Algorithm::hierarchical;
  EXPECT_EQ(averaging_of(point), Averaging::divides_once);
}

TEST(HostDevice, ComputesInTheBackgroundUntilItIsTold) {
  HostDevice device;
  for (const unsigned steps : {1U, 1000U, 1'000'000U}) {
    const auto load = device.start_load(steps);
    const auto begin = std::chrono::steady_clock::now();
    while (load->rate() == 0 && std::chrono::steady_clock::now() - begin < std::chrono::seconds(20))
      std::this_thread::yield();
    EXPECT_GT(load->rate(), 0) << steps;
  }
}

TEST(HostDevice, KnowsNothingOfItsHealth) {
  const auto state = HostDevice().state();
  EXPECT_TRUE(std::isnan(state.clock));
  EXPECT_EQ(state.nvlinks, -1);
}

}  // namespace
}  // namespace longhaul
