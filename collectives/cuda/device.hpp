#pragma once
#include <optional>
#include <string>

#include "collectives/cuda/nvml.hpp"
#include "collectives/cuda/stream.hpp"
#include "collectives/device.hpp"
#include "kernels/device.hpp"

namespace longhaul {

/// Buffers in a GPU's memory, filled and checked there by kernels; each call ends when its kernels have.
class CudaDevice : public Device {
 public:
  /// Makes `number` the current device of this thread.
  explicit CudaDevice(int number);

  /// "NVIDIA H100 80GB HBM3"
  std::string name() const override;
  /// PCI bus id, "0000:1b:00.0"
  std::string place() const override;
  bool is_double() const override;
  Buffers allocate(const Point& point, int rank, Memory memory = nullptr) override;
  void fill(const Point& point, const Buffers& buffers, int rank, unsigned round) override;
  std::optional<Mismatch> verify(const Point& point, const Buffers& buffers, int rank, unsigned round) override;
  Buffer scratch(std::size_t bytes) override;
  void copy(void* to, const void* from, std::size_t bytes) override;
  void combine(void* into, const void* from, DataType type, std::size_t count, ReduceOp op) override;
  void divide(void* data, DataType type, std::size_t count, int ranks) override;
  /// As NVML says.
  DeviceState state() override;
  /// On all of the GPU, in a stream of its own.
  std::unique_ptr<BackgroundLoad> start_load(unsigned steps) override;

 private:
  std::optional<Mismatch> verify_stretch(const Point& point, const Stretch& stretch, const Buffers& buffers,
                                         unsigned round);
  void wait(const char* what) const;

  int number_;
  std::string name_, place_;
  std::size_t cache_ = 0;  ///< bytes of the second level
  Stream stream_;
  Buffer tally_{nullptr, nullptr};
  std::optional<Nvml> nvml_;
};

/// Which device a rank takes; pure.
/// @param devices  that this process sees
/// @throws EnvironmentError where there is none left for it
int device_of(const struct DeviceRequest& request, int devices);

}  // namespace longhaul
