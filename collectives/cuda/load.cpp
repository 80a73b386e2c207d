#include "collectives/cuda/load.hpp"

#include "kernels/device.hpp"

namespace longhaul {

CudaLoad::CudaLoad(int device, Buffer values, std::size_t count, unsigned steps)
    : device_(device), values_(std::move(values)), count_(count), steps_(steps) {
  check_cuda(cudaMemsetAsync(values_.get(), 0, count_ * sizeof(float), stream_.get()), "cudaMemsetAsync");
  thread_ = std::thread([this] { compute(); });
}

CudaLoad::~CudaLoad() {
  over_ = true;
  thread_.join();
  cudaStreamSynchronize(stream_.get());
}

/// A failure ends the load early; the measurement's own next call tells of it.
void CudaLoad::compute() {
  if (cudaSetDevice(device_) != cudaSuccess) return;
  for (std::uint64_t launch = 0; !over_; ++launch) {
    device::load(stream_.get(), static_cast<float*>(values_.get()), count_, steps_);
    if (cudaGetLastError() != cudaSuccess) return;
    if (cudaEventRecord(launched_[launch % 2].get(), stream_.get()) != cudaSuccess) return;
    if (launch == 0) continue;
    if (cudaEventSynchronize(launched_[(launch - 1) % 2].get()) != cudaSuccess) return;
    done_ = launch;
  }
}

double CudaLoad::rate() const {
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin_;
  return static_cast<double>(done_) * static_cast<double>(count_) * steps_ / spent.count();
}

}  // namespace longhaul
