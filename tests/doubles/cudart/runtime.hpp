#pragma once
#include <cuda_runtime_api.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

/// A stand-in for the CUDA runtime on host memory; see tests/doubles/README.md. What it checks cites the CUDA C++
/// Programming Guide (PG) or the CUDA Runtime API reference (RT).
namespace longhaul::doubles {

using Work = std::function<void()>;
using Time = std::chrono::steady_clock::time_point;

/// Prints "longhaul double: misuse: …" and returns the error, which cudaGetLastError then tells as well.
cudaError_t misuse(cudaError_t error, const std::string& what);
/// Remembers an error for cudaGetLastError.
cudaError_t remember(cudaError_t error);

/// LONGHAUL_DOUBLE_CUDA_FAIL=cudaMalloc:3 makes the third call of cudaMalloc fail.
bool told_to_fail(const char* function);
/// LONGHAUL_DOUBLE_CUDA_STALL=longhaul_verify_reduced_4:3: the third launch of that kernel does not end.
bool told_to_stall(const char* kernel);
#define LONGHAUL_MAY_FAIL(error) \
  if (longhaul::doubles::told_to_fail(__func__)) return longhaul::doubles::remember(error)

int current_device();
int physical_device(int number);
int device_count();

/// Live allocations by address; freed ones stay out of use, so that a stale pointer is found.
class Memory {
 public:
  static Memory& instance();
  cudaError_t allocate(void** pointer, std::size_t bytes, std::size_t alignment);
  cudaError_t release(void* pointer);
  /// True when [pointer, pointer + bytes) lies in one live allocation.
  bool holds(const void* pointer, std::size_t bytes);
  /// True when the address was freed.
  bool was_freed(const void* pointer);
  /// −1 for what is no device memory.
  int device_of(const void* pointer);
  std::size_t used();

 private:
  struct Block {
    std::size_t bytes = 0;
    int device = 0;
    bool live = true;
  };
  std::map<std::uintptr_t, Block>::iterator find(const void* pointer);
  std::mutex mutex_;
  std::map<std::uintptr_t, Block> blocks_;
  std::size_t used_ = 0;
};

}  // namespace longhaul::doubles

/// What is captured of one or more streams: run in the order in which it was put down.
struct CUgraph_st {
  std::vector<longhaul::doubles::Work> work;
  std::vector<std::shared_ptr<void>> used;  ///< what has to outlive it
};
struct CUgraphExec_st {
  std::vector<longhaul::doubles::Work> work;
  std::vector<std::shared_ptr<void>> used;
};

struct CUevent_st {
  std::mutex mutex;
  std::condition_variable wake;
  int device = 0;
  bool timed = true;
  std::uint64_t recorded = 0, reached = 0;  ///< records asked for; done
  longhaul::doubles::Time when{};
  CUstream_st* captured_on = nullptr;  ///< recorded within a capture, on this stream
  std::size_t captured_at = 0;         ///< how much that stream had captured
};

/// A thread that does what is put on it, one after the other.
struct CUstream_st {
  explicit CUstream_st(int on_device);
  void put(longhaul::doubles::Work work);  ///< now, or into the capture
  bool idle();
  void drain();  ///< until all that was put on it before is done; what another thread adds meanwhile is not waited for
  bool drained_by(longhaul::doubles::Time end);  ///< as drain(); false where that is not done by then
  void end();

  int device = 0;
  std::shared_ptr<CUgraph_st> capture;  ///< null where it is not capturing
  bool origin = false;                  ///< of the capture
  std::size_t captured = 0, joined = 0;

 private:
  void run();
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::deque<longhaul::doubles::Work> queue_;
  bool busy_ = false, ending_ = false;
  std::uint64_t put_works_ = 0, done_works_ = 0;
  std::thread thread_;
};

namespace longhaul::doubles {
/// The stream that null stands for: one a device.
CUstream_st* stream_or_default(cudaStream_t stream);
}  // namespace longhaul::doubles

/// For the NCCL double: work on a stream. In a capture too: then the graph, and what is made of it, holds `user`.
extern "C" void longhaul_double_put(cudaStream_t stream, const std::function<void()>& work,
                                    const std::shared_ptr<void>& user);
extern "C" cudaError_t longhaul_double_allocate(void** pointer, std::size_t bytes, std::size_t alignment);
extern "C" bool longhaul_double_holds(const void* pointer, std::size_t bytes);
extern "C" int longhaul_double_stream_device(cudaStream_t stream);
/// Waits for all streams of a device, as freeing its memory does. False where they have not ended by then.
extern "C" bool longhaul_double_device_ends(int device, std::chrono::milliseconds limit);
