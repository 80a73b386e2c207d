#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "collectives/cuda/device.hpp"
#include "collectives/module.hpp"

/// The module's one door.
extern "C" __attribute__((visibility("default"))) longhaul::Device* longhaul_cuda_device_2(
    const longhaul::DeviceRequest* request, longhaul::ModuleStatus* status) {
  using namespace longhaul;
  const auto tell = [status](ExitCode code, const char* text) {
    status->code = static_cast<int>(code);
    fmt::format_to_n(status->text, sizeof status->text - 1, "{}", text);
  };
  try {
    int devices = 0;
    if (const auto error = cudaGetDeviceCount(&devices); error != cudaSuccess && error != cudaErrorNoDevice)
      check_cuda(error, "cudaGetDeviceCount");
    return new CudaDevice(device_of(*request, devices));
  } catch (const Error& error) {
    tell(error.exit_code(), error.what());
  } catch (const std::exception& error) {
    tell(ExitCode::environment, error.what());
  }
  return nullptr;
}
