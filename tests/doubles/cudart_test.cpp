// The rules that the CUDA double keeps watch over, each seen to be noticed.
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <vector>

#include "kernels/data_type.hpp"
#include "kernels/device.hpp"
#include "kernels/fill.hpp"

namespace {

struct Cuda : testing::Test {
  void SetUp() override {
    cudaSetDevice(0);
    cudaGetLastError();
    ASSERT_EQ(cudaMalloc(&memory, bytes), cudaSuccess);
    ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  }
  void TearDown() override {
    cudaStreamDestroy(stream);
    cudaFree(memory);
  }
  static constexpr std::size_t bytes = 4096;
  void* memory = nullptr;
  cudaStream_t stream = nullptr;
};

TEST_F(Cuda, PoisonsFreshMemory) {
  std::vector<unsigned char> seen(bytes);
  cudaMemcpyAsync(seen.data(), memory, bytes, cudaMemcpyDeviceToHost, stream);
  cudaStreamSynchronize(stream);
  EXPECT_EQ(seen, std::vector<unsigned char>(bytes, 0xCB));
}

TEST_F(Cuda, DoesWorkLaterThanItIsPut) {
  cudaMemsetAsync(memory, 7, bytes, stream);
  EXPECT_EQ(cudaStreamQuery(stream), cudaErrorNotReady);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(*static_cast<unsigned char*>(memory), 7);
}

TEST_F(Cuda, RunsTheKernelsTwinOnHeadsAndTailsOfAnyAlignment) {
  using namespace longhaul;
  for (const std::size_t begin : {0, 1, 3, 7})
    for (const std::size_t count : {0, 1, 17, 1001}) {
      auto* const data = static_cast<unsigned char*>(memory) + begin;
      cudaMemsetAsync(memory, 0, bytes, stream);
      device::fill_copied(stream, data, DataType::int8, count, 2, 5, 1);
      ASSERT_EQ(cudaGetLastError(), cudaSuccess);
      cudaStreamSynchronize(stream);
      std::vector<unsigned char> expected(bytes, 0);
      fill_copied(expected.data() + begin, DataType::int8, count, 2, 5, 1);
      const auto* const got = static_cast<unsigned char*>(memory);
      EXPECT_EQ(std::vector<unsigned char>(got, got + bytes), expected) << begin << " " << count;
    }
}

TEST_F(Cuda, NoticesAKernelOnFreedHostOrTooLittleMemory) {
  using namespace longhaul;
  int on_host = 0;
  device::divide(stream, &on_host, DataType::int32, 1, 2);
  EXPECT_EQ(cudaGetLastError(), cudaErrorIllegalAddress);
  device::divide(stream, memory, DataType::int32, bytes / 4 + 1, 2);
  EXPECT_EQ(cudaGetLastError(), cudaErrorIllegalAddress);
  void* gone = nullptr;
  cudaMalloc(&gone, 64);
  cudaFree(gone);
  device::divide(stream, gone, DataType::int32, 1, 2);
  EXPECT_EQ(cudaGetLastError(), cudaErrorIllegalAddress);
  EXPECT_EQ(cudaFree(gone), cudaErrorInvalidValue) << "twice";
  EXPECT_EQ(cudaMemsetAsync(gone, 0, 1, stream), cudaErrorInvalidValue);
}

TEST_F(Cuda, NoticesAStreamOfAnotherDevice) {
  cudaSetDevice(1);
  longhaul::device::divide(stream, memory, longhaul::DataType::int32, 1, 2);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidResourceHandle);
  cudaEvent_t event = nullptr;
  cudaEventCreateWithFlags(&event, cudaEventDefault);
  EXPECT_EQ(cudaEventRecord(event, stream), cudaErrorInvalidResourceHandle);
  cudaEventDestroy(event);
}

TEST_F(Cuda, NoticesEventsWithoutTimes) {
  cudaEvent_t begin = nullptr, end = nullptr;
  cudaEventCreateWithFlags(&begin, cudaEventDefault);
  cudaEventCreateWithFlags(&end, cudaEventDisableTiming);
  cudaEventRecord(begin, stream);
  cudaEventRecord(end, stream);
  float time = 0;
  EXPECT_EQ(cudaEventElapsedTime(&time, begin, end), cudaErrorInvalidResourceHandle);
  cudaStreamSynchronize(stream);
  cudaEventDestroy(begin);
  cudaEventDestroy(end);
}

TEST_F(Cuda, LaunchesWhatItCaptured) {
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t exec = nullptr;
  cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal);
  cudaMemsetAsync(memory, 9, bytes, stream);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorStreamCaptureUnsupported);
  ASSERT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
  EXPECT_EQ(*static_cast<unsigned char*>(memory), 0xCB) << "captured, not run";
  cudaGraphInstantiate(&exec, graph, 0);
  cudaGraphDestroy(graph);
  cudaGraphLaunch(exec, stream);
  cudaStreamSynchronize(stream);
  EXPECT_EQ(*static_cast<unsigned char*>(memory), 9);
  cudaGraphExecDestroy(exec);
}

TEST_F(Cuda, NoticesAForkThatIsNotJoined) {
  cudaStream_t other = nullptr;
  cudaEvent_t fork = nullptr;
  cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking);
  cudaEventCreateWithFlags(&fork, cudaEventDisableTiming);
  cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal);
  cudaEventRecord(fork, stream);
  cudaStreamWaitEvent(other, fork, 0);
  cudaMemsetAsync(memory, 9, bytes, other);
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureUnjoined);
  cudaEventDestroy(fork);
  cudaStreamDestroy(other);
}

}  // namespace
