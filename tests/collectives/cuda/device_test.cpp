#include <dlfcn.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <thread>

#include "collectives/load_module.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr std::array types{DataType::int8,        DataType::uint8,       DataType::int32,   DataType::uint32,
                           DataType::int64,       DataType::uint64,      DataType::float16, DataType::bfloat16,
                           DataType::float8_e4m3, DataType::float8_e5m2, DataType::float32, DataType::float64};

Device& device() {
  static const auto one = load_cuda_device({0, 0, 1});
  return *one;
}

Point one_rank(Operation operation, DataType type, ReduceOp op, std::uint64_t bytes) {
  Point point;
  point.operation = operation;
  point.type = type;
  point.op = op;
  point.size = {bytes};
  point.in_place = true;  // one rank's result in place is its input
  return point;
}

TEST(CudaDevice, AcceptsWhatItFilledInEveryType) {
  for (const auto type : types)
    for (const auto op : {ReduceOp::sum, ReduceOp::prod, ReduceOp::max, ReduceOp::avg})
      for (const std::uint64_t bytes : {0, 8, 1000, 4104}) {
        const auto point = one_rank(Operation::all_reduce, type, op, bytes);
        const auto buffers = device().allocate(point, 0);
        device().fill(point, buffers, 0, 3);
        EXPECT_FALSE(device().verify(point, buffers, 0, 3)) << point.key();
        if (bytes < 4104 || op != ReduceOp::sum) continue;
        EXPECT_TRUE(device().verify(point, buffers, 0, 4)) << point.key() << " of another round";
      }
}

TEST(CudaDevice, NamesTheFirstOfAnotherRoundsElements) {
  const auto point = one_rank(Operation::broadcast, DataType::int64, ReduceOp::sum, 8000);
  const auto buffers = device().allocate(point, 0);
  device().fill(point, buffers, 0, 1);
  const auto mismatch = device().verify(point, buffers, 0, 2);
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->offset, 0U);
  EXPECT_GT(mismatch->wrong, 990U);
  EXPECT_NE(mismatch->expected, mismatch->got);
}

TEST(CudaDevice, SaysHowMuchMemoryThereIsNot) {
  const auto point = one_rank(Operation::broadcast, DataType::int8, ReduceOp::sum, std::uint64_t{1} << 50);
  try {
    device().allocate(point, 0);
    FAIL() << "a pebibyte";
  } catch (const EnvironmentError& error) {
    EXPECT_NE(std::string(error.what()).find("of GPU memory for a buffer: out of memory"), std::string::npos)
        << error.what();
  }
}

TEST(CudaDevice, IsNotGivenToMoreRanksThanThereAre) {
  EXPECT_EQ(load_cuda_device({5, 1, 2})->place(), "0000:02:00.0");
  try {
    load_cuda_device({9, 8, 9});  // the double shows 8
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::environment);
    EXPECT_STREQ(
        error.what(),
        "rank 9 is number 8 of the 9 ranks on its host, which shows 8 CUDA devices; start at most one rank a device");
  }
}

TEST(CudaModule, SaysWhyItCannotBeHad) {
  setenv("LONGHAUL_MODULES", "/nowhere", 1);
  EXPECT_FALSE(module_state("cuda").usable);
  EXPECT_NE(module_state("cuda").found.find("no GPU module"), std::string::npos);
  unsetenv("LONGHAUL_MODULES");
  EXPECT_TRUE(module_state("cuda").usable);
}

TEST(CudaDevice, ComputesInTheBackgroundWhileItMeasures) {
  const auto own = load_cuda_device({0, 0, 1});  // the current device, whatever others made so
  const auto load = own->start_load(8);
  const auto point = one_rank(Operation::broadcast, DataType::float32, ReduceOp::sum, 4096);
  const auto buffers = own->allocate(point, 0);
  const auto begin = std::chrono::steady_clock::now();
  while (load->rate() == 0 && std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)) {
    own->fill(point, buffers, 0, 1);
    EXPECT_FALSE(own->verify(point, buffers, 0, 1));
  }
  EXPECT_GT(load->rate(), 0);
}

/// As tests/doubles/nvml plays it; LONGHAUL_DOUBLE_NVML is read with each question.
TEST(CudaDevice, TellsItsHealthByNvml) {
  const auto state = device().state();
  EXPECT_EQ(state.clock, 1980e6);
  EXPECT_EQ(state.memory_clock, 2619e6);
  EXPECT_EQ(state.power, 350);
  EXPECT_EQ(state.temperature, 61);
  EXPECT_EQ(state.reasons, throttle_gpu_idle);
  EXPECT_EQ(state.throttled, 0);
  EXPECT_EQ(state.ecc_corrected, 3);
  EXPECT_EQ(state.ecc_uncorrected, 0);
  EXPECT_EQ(state.nvlinks, 4);
  EXPECT_EQ(state.nvlinks_up, 4);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const auto later = change(state, device().state());
  EXPECT_GE(later.energy, 0.02 * 350 * 0.9);
  EXPECT_FALSE(throttled(later));
}

/// An error that a call outside of ours has told, and that is still there for cudaGetLastError.
void leave_stale_error() {
  using SetDevice = int (*)(int);
  void* runtime = nullptr;
  for (const char* const name : {"libcudart.so.13", "libcudart.so.12"})
    if (runtime == nullptr) runtime = dlopen(name, RTLD_NOW | RTLD_NOLOAD);
  ASSERT_NE(runtime, nullptr);
  const auto set_device = reinterpret_cast<SetDevice>(dlsym(runtime, "cudaSetDevice"));
  EXPECT_NE(set_device(999), 0);
}

TEST(CudaDevice, TakesNoErrorForItsOwnThatWasThereBefore) {
  const auto point = one_rank(Operation::all_reduce, DataType::float32, ReduceOp::sum, 1000);
  const auto buffers = device().allocate(point, 0);
  leave_stale_error();
  device().fill(point, buffers, 0, 3);
  leave_stale_error();
  EXPECT_FALSE(device().verify(point, buffers, 0, 3));
  leave_stale_error();
  device().divide(buffers.receive, DataType::float32, 250, 1);
  leave_stale_error();
  device().combine(buffers.receive, buffers.send, DataType::float32, 250, ReduceOp::max);
}

TEST(CudaDevice, SaysWhatNvmlSaysOfPowerCapsAndLinks) {
  setenv("LONGHAUL_DOUBLE_NVML", "throttled", 1);
  const auto state = device().state();
  EXPECT_EQ(state.reasons, throttle_power_cap);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_GT(change(state, device().state()).throttled, 0);
  setenv("LONGHAUL_DOUBLE_NVML", "link_down", 1);
  EXPECT_EQ(device().state().nvlinks_up, 3);
  setenv("LONGHAUL_DOUBLE_NVML", "silent", 1);
  EXPECT_TRUE(std::isnan(device().state().power));
  EXPECT_EQ(device().state().nvlinks, -1);
  unsetenv("LONGHAUL_DOUBLE_NVML");
}

}  // namespace
}  // namespace longhaul
