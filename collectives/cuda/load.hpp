#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "collectives/background_load.hpp"
#include "collectives/cuda/stream.hpp"
#include "collectives/device.hpp"

namespace longhaul {

/// A thread that keeps a stream of its own busy with kernels::load, two launches ahead, so that the GPU never waits for
/// the host. Whoever ends it waits for those two.
class CudaLoad : public BackgroundLoad {
 public:
  CudaLoad(int device, Buffer values, std::size_t count, unsigned steps);
  ~CudaLoad() override;
  /// @throws EnvironmentError where the GPU refused it: the visit was measured without it
  double rate() const override;

 private:
  void compute();
  bool went_well(cudaError_t error);

  int device_;
  Buffer values_;
  std::size_t count_;
  unsigned steps_;
  Stream stream_;
  Event launched_[2]{Event{Event::Timing::no}, Event{Event::Timing::no}};
  std::atomic<bool> over_{false};
  std::atomic<std::uint64_t> done_{0};  ///< launches that ended
  std::atomic<cudaError_t> failure_{cudaSuccess};
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::thread thread_;
};

}  // namespace longhaul
