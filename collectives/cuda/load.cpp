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

bool CudaLoad::went_well(cudaError_t error) {
  if (error != cudaSuccess) failure_ = error;
  return error == cudaSuccess;
}

/// A failure ends the load early, and rate() tells of it.
void CudaLoad::compute() {
  if (!went_well(cudaSetDevice(device_))) return;
  for (std::uint64_t launch = 0; !over_; ++launch) {
    cudaGetLastError();  // what something else left behind is not the load's
    device::load(stream_.get(), static_cast<float*>(values_.get()), count_, steps_);
    if (!went_well(cudaGetLastError())) return;
    if (!went_well(cudaEventRecord(launched_[launch % 2].get(), stream_.get()))) return;
    if (launch == 0) continue;
    if (!went_well(cudaEventSynchronize(launched_[(launch - 1) % 2].get()))) return;
    done_ = launch;
  }
}

double CudaLoad::rate() const {
  check_cuda(failure_, "the load beside the collectives");
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin_;
  return static_cast<double>(done_) * static_cast<double>(count_) * steps_ / spent.count();
}

}  // namespace longhaul
