// The NCCL communicator on all ranks of an MPI job, on the doubles: every pair of values of all axes, or with
// LONGHAUL_TEST_ALL set every combination (tests/run.py doubles_all).
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <dlfcn.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <numeric>
#include <thread>

#include "collectives/load_module.hpp"
#include "pairwise.hpp"
#include "ranks.hpp"

namespace {
thread_local long sleeps = 0;  ///< of this thread, in this process's own code and in all that it loads
}

/// Stands before the C library's, for the modules too (ENABLE_EXPORTS).
extern "C" int nanosleep(const timespec* wanted, timespec* left) {
  ++sleeps;
  const int error = clock_nanosleep(CLOCK_REALTIME, 0, wanted, left);
  if (error != 0) errno = error;
  return error == 0 ? 0 : -1;
}

namespace {
std::atomic<int> changes_of_environment{0};
}
extern "C" int setenv(const char* name, const char* value, int overwrite) noexcept {
  ++changes_of_environment;
  return reinterpret_cast<int (*)(const char*, const char*, int)>(dlsym(RTLD_NEXT, "setenv"))(name, value, overwrite);
}
extern "C" int unsetenv(const char* name) noexcept {
  ++changes_of_environment;
  return reinterpret_cast<int (*)(const char*)>(dlsym(RTLD_NEXT, "unsetenv"))(name);
}

namespace longhaul {
namespace {

using test::ranks;

constexpr std::array operations{Operation::all_reduce, Operation::all_gather, Operation::reduce_scatter,
                                Operation::broadcast,  Operation::reduce,     Operation::all_to_all,
                                Operation::send_recv};
constexpr std::array types{DataType::int8,        DataType::uint8,       DataType::int32,   DataType::uint32,
                           DataType::int64,       DataType::uint64,      DataType::float16, DataType::bfloat16,
                           DataType::float8_e4m3, DataType::float8_e5m2, DataType::float32, DataType::float64};
constexpr std::array ops{ReduceOp::sum, ReduceOp::prod, ReduceOp::min, ReduceOp::max, ReduceOp::avg};
constexpr std::array algorithms{Algorithm::flat, Algorithm::hierarchical};
/// Nothing, less than an element, odd counts, several chunks of 4 KiB.
constexpr std::array sizes{0, 3, 8, 1001, 70'000};
constexpr std::array settings{"default",
                              "graph",
                              "register",
                              "window",
                              "nonblocking",
                              "graph+register+min_ctas=2+max_ctas=4",
                              "algo=RING+proto=SIMPLE"};

std::vector<int> filled(const std::vector<int>& ranks_per_site) {
  std::vector<int> sites;
  for (std::size_t site = 0; site < ranks_per_site.size(); ++site)
    sites.insert(sites.end(), static_cast<std::size_t>(ranks_per_site[site]), static_cast<int>(site));
  return sites;
}

/// Site layouts to try with as many ranks as there are: one site, interleaved, uneven, three sites.
std::vector<std::vector<int>> layouts() {
  const int n = ranks().size();
  std::vector<int> alternating(static_cast<std::size_t>(n)), by_three(alternating);
  for (int rank = 0; rank < n; ++rank) {
    alternating[static_cast<std::size_t>(rank)] = rank % 2;
    by_three[static_cast<std::size_t>(rank)] = 2 - rank % 3;
  }
  std::vector<std::vector<int>> all{filled({n})};
  if (n >= 2) all.push_back(alternating);
  if (n >= 3) all.push_back(by_three);
  if (n >= 3) all.push_back(filled({1, n - 1}));
  if (n == 4) all.push_back(filled({2, 2}));
  if (n == 8) all.push_back(filled({5, 3}));
  if (n == 8) all.push_back({0, 1, 0, 0, 1, 0, 1, 0});  // 5+3, mixed
  return all;
}

Point point_of(const test::Combination& at) {
  Point point;
  point.operation = operations[static_cast<std::size_t>(at[0])];
  point.type = types[static_cast<std::size_t>(at[1])];
  point.op = ops[static_cast<std::size_t>(at[2])];
  point.in_place = at[3] != 0;
  point.algorithm = algorithms[static_cast<std::size_t>(at[4])];
  point.size = {static_cast<std::uint64_t>(sizes[static_cast<std::size_t>(at[5])])};
  point.settings = settings[static_cast<std::size_t>(at[6])];
  point.backend = "nccl";
  point.ranks = ranks().size();
  return point;
}

bool is_defined(const Point& point) {
  return (reduces(point.operation) || point.op == ReduceOp::sum) &&
         (!point.in_place || has_in_place(point.operation)) &&
         (point.algorithm == Algorithm::flat || has_hierarchical(point.operation));
}

std::vector<test::Combination> all_combinations(int layout_count) {
  std::vector<test::Combination> all{{}};
  for (const int values :
       {static_cast<int>(operations.size()), static_cast<int>(types.size()), static_cast<int>(ops.size()), 2, 2,
        static_cast<int>(sizes.size()), static_cast<int>(settings.size()), layout_count}) {
    std::vector<test::Combination> longer;
    for (const auto& one : all)
      for (int value = 0; value < values; ++value) {
        longer.push_back(one);
        longer.back().push_back(value);
      }
    all = std::move(longer);
  }
  std::erase_if(all, [](const test::Combination& one) { return !is_defined(point_of(one)); });
  return all;
}

void broadcast_bytes(void*, void* data, std::size_t bytes) {
  const auto* const begin = static_cast<const char*>(data);
  const auto text = ranks().broadcast(std::string(begin, begin + bytes));
  std::copy(text.begin(), text.end(), static_cast<char*>(data));
}

Device& device() {
  static const auto one = load_cuda_device({ranks().rank(), ranks().rank(), ranks().size()});
  return *one;
}

std::unique_ptr<Communicator> communicator(const Layout& layout) {
  device();  // makes it the current one, which NCCL takes
  NcclRequest request;
  request.rank = ranks().rank();
  request.layout = &layout;
  request.deadline = std::chrono::seconds(20);
  request.chunk_bytes = 4096;
  request.broadcast = &broadcast_bytes;
  return load_nccl_communicator(request);
}

/// What a visit does: once fresh, once more (a graph is launched again; out of place the inputs are still there).
void expect_right(Communicator& communicator, const Point& point) {
  const int rank = ranks().rank();
  const auto buffers = device().allocate(point, rank, communicator.memory(point.settings));
  const Call call{point.operation, point.algorithm, point.type,           point.op, point.in_place,
                  buffers.send,    buffers.receive, buffers.counts.count, 0};
  communicator.begin(call, point.settings);
  for (const unsigned round : {1U, 2U}) {
    device().fill(point, buffers, rank, round);
    ranks().barrier();
    communicator.run(call);
    const auto mismatch = device().verify(point, buffers, rank, round);
    EXPECT_FALSE(mismatch) << point.key() << ": offset " << mismatch->offset << " expected " << mismatch->expected
                           << " got " << mismatch->got << ", " << mismatch->wrong << " wrong";
  }
  if (!point.in_place) {
    communicator.run_back_to_back(call, 3);
    EXPECT_FALSE(device().verify(point, buffers, rank, 2)) << point.key() << " back to back";
  }
  EXPECT_GT(communicator.device_time(), 0);
  communicator.end();
}

TEST(NcclCommunicator, DeliversEveryOperationTypeAndSettingOverEveryLayout) {
  const auto places = layouts();
  auto all = all_combinations(static_cast<int>(places.size()));
  if (std::getenv("LONGHAUL_TEST_ALL") == nullptr) all = test::pairwise(all);
  for (std::size_t place = 0; place < places.size(); ++place) {
    const auto layout = layout_of(places[place]);
    const auto made = communicator(layout);
    for (const auto& one : all)
      if (one.back() == static_cast<int>(place)) {
        SCOPED_TRACE(fmt::format("sites {}", fmt::join(places[place], ",")));
        expect_right(*made, point_of(one));
      }
  }
}

/// A sleep between looks would be in every time that is measured.
TEST(NcclCommunicator, NeverSleepsWhileItIsTimed) {
  const auto layout = layout_of(layouts().back());
  const auto made = communicator(layout);
  for (const char* setting : {"default", "graph", "nonblocking"})
    for (const auto algorithm : algorithms) {
      Point point;
      point.algorithm = algorithm;
      point.size = {8};
      point.ranks = ranks().size();
      const auto buffers = device().allocate(point, ranks().rank());
      device().fill(point, buffers, ranks().rank(), 1);
      const Call call{point.operation, point.algorithm, point.type,           point.op, false,
                      buffers.send,    buffers.receive, buffers.counts.count, 0};
      made->begin(call, setting);
      const long before = sleeps;
      made->run(call);
      made->run_back_to_back(call, 20);
      EXPECT_EQ(sleeps - before, 0) << setting << " " << name_of(algorithm);
      made->end();
    }
  std::this_thread::sleep_for(std::chrono::microseconds(1));
  EXPECT_GT(sleeps, 0) << "counted";
}

/// NCCL's threads may read the environment at any time, and nothing keeps them from it while it is changed.
TEST(NcclCommunicator, ChangesTheEnvironmentForNoCallButToMakeAnAlgorithmsCommunicators) {
  const auto layout = layout_of(layouts().back());
  const auto made = communicator(layout);
  const auto changes = [&](const char* setting, Algorithm algorithm) {
    Point point;
    point.algorithm = algorithm;
    point.size = {8};
    point.ranks = ranks().size();
    const auto buffers = device().allocate(point, ranks().rank());
    const Call call{point.operation, point.algorithm, point.type,           point.op, false,
                    buffers.send,    buffers.receive, buffers.counts.count, 0};
    const int before = changes_of_environment;
    made->begin(call, setting);
    made->end();
    return changes_of_environment - before;
  };
  for (const char* const setting : {"default", "graph", "max_ctas=3"})
    for (const auto algorithm : algorithms) EXPECT_EQ(changes(setting, algorithm), 0) << setting << name_of(algorithm);
  EXPECT_GT(changes("algo=RING", Algorithm::flat), 0) << "counted";
  EXPECT_EQ(changes("algo=RING", Algorithm::flat), 0) << "made before";
}

/// What a communicator that is not used has registered is of no use.
TEST(NcclCommunicator, RegistersBuffersWithTheCommunicatorsThatUseThem) {
  using Count = void (*)(long*, long*);
  const auto layout = layout_of(layouts().back());
  const auto made = communicator(layout);
  const auto count = reinterpret_cast<Count>(
      dlsym(dlopen("libnccl.so.2", RTLD_NOW | RTLD_NOLOAD), "longhaul_nccl_double_registered_calls"));
  ASSERT_NE(count, nullptr);
  for (const auto operation : {Operation::all_reduce, Operation::all_gather})
    for (const auto algorithm : algorithms) {
      Point point;
      point.operation = operation;
      point.algorithm = algorithm;
      point.size = {70'000};
      point.ranks = ranks().size();
      const auto buffers = device().allocate(point, ranks().rank(), made->memory("register"));
      device().fill(point, buffers, ranks().rank(), 1);
      const Call call{operation,    algorithm,       point.type,           point.op, false,
                      buffers.send, buffers.receive, buffers.counts.count, 0};
      made->begin(call, "register");
      long inside = 0, outside = 0, inside_then = 0, outside_then = 0;
      count(&inside, &outside);
      made->run(call);
      count(&inside_then, &outside_then);
      made->end();
      EXPECT_GT(inside_then, inside) << name_of(operation) << " " << name_of(algorithm);
      EXPECT_EQ(outside_then, outside) << name_of(operation) << " " << name_of(algorithm);
    }
}

/// More configurations than are kept, twice over: those that went are made again.
TEST(NcclCommunicator, MakesConfigurationsAgainThatItGaveUp) {
  const auto layout = layout_of(filled({ranks().size()}));
  const auto made = communicator(layout);
  for (int time = 0; time < 2; ++time)
    for (int ctas = 1; ctas <= 6; ++ctas) {
      Point point;
      point.size = {1001};
      point.ranks = ranks().size();
      point.settings = fmt::format("max_ctas={}", ctas);
      expect_right(*made, point);
    }
}

TEST(NcclCommunicator, CarriesHostBytesBetweenTwoRanks) {
  if (ranks().size() < 2) GTEST_SKIP() << "one rank";
  const auto layout = layout_of(filled({ranks().size()}));
  const auto made = communicator(layout);
  char word[8] = "rank 0";
  if (made->rank() == 0) made->send(1, word, sizeof word);
  if (made->rank() == 1) {
    char got[8] = {};
    made->receive(0, got, sizeof got);
    EXPECT_STREQ(got, "rank 0");
  }
}

/// What goes back is what came, so that it cannot have left before.
TEST(NcclCommunicator, CarriesBuffersThereAndBack) {
  if (ranks().size() < 2) GTEST_SKIP() << "one rank";
  const auto layout = layout_of(filled({ranks().size()}));
  const auto made = communicator(layout);
  Point point;
  point.operation = Operation::send_recv;
  point.size = {100'004};
  point.ranks = 2;
  const int rank = made->rank();
  if (rank > 1) return;
  const auto buffers = device().allocate(point, rank);
  device().fill(point, buffers, rank, 1);
  const auto bytes = buffers.counts.moved.count;
  made->there_and_back(1 - rank, rank == 0, rank == 0 ? buffers.send : buffers.receive, buffers.receive, bytes);
  constexpr int who_expects_that_of_rank_0 = 1;
  EXPECT_FALSE(device().verify(point, buffers, who_expects_that_of_rank_0, 1));
}

TEST(NcclCommunicator, NamesItsLibraryAndThatItIsADouble) {
  const auto layout = layout_of(filled({ranks().size()}));
  const auto made = communicator(layout);
  EXPECT_TRUE(made->is_double());
  EXPECT_TRUE(device().is_double());
  EXPECT_TRUE(made->library().starts_with("NCCL 2.")) << made->library();
}

TEST(NcclCommunicator, RefusesSettingsThereAreNot) {
  const auto layout = layout_of(filled({ranks().size()}));
  const auto made = communicator(layout);
  EXPECT_THROW(made->begin({}, "grap"), UsageError);
}

}  // namespace
}  // namespace longhaul
