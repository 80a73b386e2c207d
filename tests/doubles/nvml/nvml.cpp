// Stand-in for libnvidia-ml.so.1, by the names and types of the NVML API reference (Device Queries).
// LONGHAUL_DOUBLE_NVML shapes it: "throttled" (a power cap, and time spent under it), "link_down" (one NVLink of four),
// "absent" (does not initialise), "silent" (supports no query, as consumer cards do of some).
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>

namespace {

struct Device {
  int number;
};
constexpr int success = 0, invalid = 2, not_supported = 3, not_found = 6, uninitialized = 1;
constexpr unsigned links = 4;
std::atomic<bool> ready{false};

bool plays(const char* shape) {
  const char* const told = std::getenv("LONGHAUL_DOUBLE_NVML");
  return told != nullptr && std::strcmp(told, shape) == 0;
}

unsigned long long milliseconds() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<unsigned long long>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

int judged(const Device* device) {
  return !ready ? uninitialized : device == nullptr ? invalid : plays("silent") ? not_supported : success;
}

}  // namespace

extern "C" {

struct nvmlViolationTime_t {
  unsigned long long referenceTime, violationTime;
};

int nvmlInit_v2() {
  if (plays("absent")) return not_found;
  ready = true;
  return success;
}

/// The bus ids of the CUDA double.
int nvmlDeviceGetHandleByPciBusId_v2(const char* bus_id, Device** device) {
  static Device devices[64];
  if (!ready) return uninitialized;
  const auto number = std::strtol(bus_id + 5, nullptr, 16);  // 0000:1b:00.0
  if (number < 1 || number > 63) return not_found;
  *device = &devices[number];
  (*device)->number = static_cast<int>(number);
  return success;
}

int nvmlDeviceGetClockInfo(Device* device, int type, unsigned* megahertz) {
  *megahertz = type == 2 ? 2619 : plays("throttled") ? 1200 : 1980;
  return judged(device);
}
int nvmlDeviceGetPowerUsage(Device* device, unsigned* milliwatts) {
  *milliwatts = 350000;
  return judged(device);
}
int nvmlDeviceGetTemperature(Device* device, int sensor, unsigned* celsius) {
  *celsius = 61;
  return sensor == 0 ? judged(device) : invalid;
}
int nvmlDeviceGetCurrentClocksThrottleReasons(Device* device, unsigned long long* reasons) {
  *reasons = plays("throttled") ? 0x4 : 0x1;
  return judged(device);
}
int nvmlDeviceGetCurrentClocksEventReasons(Device* device, unsigned long long* reasons) {
  return nvmlDeviceGetCurrentClocksThrottleReasons(device, reasons);
}
/// 350 W since the clock began.
int nvmlDeviceGetTotalEnergyConsumption(Device* device, unsigned long long* millijoules) {
  *millijoules = milliseconds() * 350;
  return judged(device);
}
int nvmlDeviceGetViolationStatus(Device* device, int policy, nvmlViolationTime_t* time) {
  *time = {milliseconds() * 1000, plays("throttled") && policy == 0 ? milliseconds() * 1000000 : 0};
  return judged(device);
}
int nvmlDeviceGetTotalEccErrors(Device* device, int type, int counter, unsigned long long* errors) {
  *errors = type == 0 ? 3 : 0;
  return counter == 0 ? judged(device) : invalid;
}
int nvmlDeviceGetNvLinkState(Device* device, unsigned link, int* up) {
  if (link >= links) return invalid;
  *up = plays("link_down") && link == 2 ? 0 : 1;
  return judged(device);
}
}
