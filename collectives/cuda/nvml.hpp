#pragma once
#include <string>

#include "collectives/device_state.hpp"

namespace longhaul {

/// NVML's view of one GPU. The library comes with the driver and is loaded when the first GPU asks; where it is absent,
/// or does not know the GPU or a figure, the figure is unknown.
class Nvml {
 public:
  /// @param bus_id  "0000:1b:00.0"
  explicit Nvml(const std::string& bus_id);
  DeviceState state() const;

 private:
  struct Library;
  static const Library* library();

  void* device_ = nullptr;
};

}  // namespace longhaul
