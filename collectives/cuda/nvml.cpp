#include "collectives/cuda/nvml.hpp"

#include <dlfcn.h>

#include <initializer_list>

namespace longhaul {
namespace {

// NVML's C interface as its API reference gives it (nvmlDeviceQueries, nvmlDeviceStructs); its header is no part of the
// runtime's packages. 0 is NVML_SUCCESS everywhere.
using NvmlDevice = void*;
enum Clock { sm_clock = 1, memory_clock = 2 };
enum Policy { policy_power = 0, policy_thermal = 1 };
enum Error { corrected = 0, uncorrected = 1 };
constexpr int gpu_sensor = 0, since_driver_load = 0 /* NVML_VOLATILE_ECC */;
constexpr unsigned most_links = 18;  // NVML_NVLINK_MAX_LINKS

template <class Function>
void find(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
}

}  // namespace

struct Nvml::Library {
  struct Violation {
    unsigned long long reference, violation;  ///< µs of the CPU's clock, ns of being held back
  };
  int (*init)();
  int (*handle)(const char*, NvmlDevice*);
  int (*clock)(NvmlDevice, int, unsigned*);         ///< MHz
  int (*power)(NvmlDevice, unsigned*);              ///< mW
  int (*temperature)(NvmlDevice, int, unsigned*);   ///< °C
  int (*reasons)(NvmlDevice, unsigned long long*);  ///< bits
  int (*energy)(NvmlDevice, unsigned long long*);   ///< mJ
  int (*violation)(NvmlDevice, int, Violation*);
  int (*ecc)(NvmlDevice, int, int, unsigned long long*);
  int (*link)(NvmlDevice, unsigned, int*);
};

const Nvml::Library* Nvml::library() {
  static const auto loaded = [] {
    Library found{};
    void* const library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return found;
    find(library, "nvmlInit_v2", found.init);
    find(library, "nvmlDeviceGetHandleByPciBusId_v2", found.handle);
    find(library, "nvmlDeviceGetClockInfo", found.clock);
    find(library, "nvmlDeviceGetPowerUsage", found.power);
    find(library, "nvmlDeviceGetTemperature", found.temperature);
    find(library, "nvmlDeviceGetCurrentClocksEventReasons", found.reasons);
    if (found.reasons == nullptr) find(library, "nvmlDeviceGetCurrentClocksThrottleReasons", found.reasons);  // < 535
    find(library, "nvmlDeviceGetTotalEnergyConsumption", found.energy);
    find(library, "nvmlDeviceGetViolationStatus", found.violation);
    find(library, "nvmlDeviceGetTotalEccErrors", found.ecc);
    find(library, "nvmlDeviceGetNvLinkState", found.link);
    return found;
  }();
  static const bool usable = loaded.init != nullptr && loaded.handle != nullptr && loaded.init() == 0;
  return usable ? &loaded : nullptr;
}

Nvml::Nvml(const std::string& bus_id) {
  const auto* const nvml = library();
  if (nvml == nullptr || nvml->handle(bus_id.c_str(), &device_) != 0) device_ = nullptr;
}

DeviceState Nvml::state() const {
  DeviceState state;
  if (device_ == nullptr) return state;
  const auto& nvml = *library();
  unsigned number = 0;
  unsigned long long large = 0;
  if (nvml.clock != nullptr && nvml.clock(device_, sm_clock, &number) == 0) state.clock = number * 1e6;
  if (nvml.clock != nullptr && nvml.clock(device_, memory_clock, &number) == 0) state.memory_clock = number * 1e6;
  if (nvml.power != nullptr && nvml.power(device_, &number) == 0) state.power = number * 1e-3;
  if (nvml.temperature != nullptr && nvml.temperature(device_, gpu_sensor, &number) == 0) state.temperature = number;
  if (nvml.reasons != nullptr && nvml.reasons(device_, &large) == 0) state.reasons = static_cast<std::uint32_t>(large);
  if (nvml.energy != nullptr && nvml.energy(device_, &large) == 0) state.energy = static_cast<double>(large) * 1e-3;
  for (const int policy : {policy_power, policy_thermal}) {
    Library::Violation held{};
    if (nvml.violation == nullptr || nvml.violation(device_, policy, &held) != 0) continue;
    const double seconds = static_cast<double>(held.violation) * 1e-9;
    state.throttled = state.throttled > 0 ? state.throttled + seconds : seconds;
  }
  if (nvml.ecc != nullptr && nvml.ecc(device_, corrected, since_driver_load, &large) == 0)
    state.ecc_corrected = static_cast<std::int64_t>(large);
  if (nvml.ecc != nullptr && nvml.ecc(device_, uncorrected, since_driver_load, &large) == 0)
    state.ecc_uncorrected = static_cast<std::int64_t>(large);
  for (unsigned link = 0; link < most_links && nvml.link != nullptr; ++link) {
    int up = 0;
    if (nvml.link(device_, link, &up) != 0) break;  // beyond the last, or no NVLink at all
    state.nvlinks = static_cast<std::int32_t>(link) + 1;
    state.nvlinks_up = (state.nvlinks_up < 0 ? 0 : state.nvlinks_up) + up;
  }
  return state;
}

}  // namespace longhaul
