#pragma once
#include <cstdint>
#include <limits>

namespace longhaul {

/// Why a device runs slower than it could. Values of NVML's nvmlClocksThrottleReason*.
enum ThrottleReason : std::uint32_t {
  throttle_gpu_idle = 0x1,
  throttle_clocks_setting = 0x2,
  throttle_power_cap = 0x4,
  throttle_hw_slowdown = 0x8,
  throttle_sync_boost = 0x10,
  throttle_thermal = 0x20,
  throttle_hw_thermal = 0x40,
  throttle_power_brake = 0x80,
  throttle_display = 0x100,
};

/// What a device says of its own health at one moment. NaN or −1: it does not say.
struct DeviceState {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  double clock = unknown, memory_clock = unknown;         ///< Hz
  double power = unknown;                                 ///< W
  double temperature = unknown;                           ///< °C
  double energy = unknown;                                ///< J, counted since the driver was loaded
  double throttled = unknown;                             ///< s held back by power or heat, counted likewise
  std::int64_t ecc_corrected = -1, ecc_uncorrected = -1;  ///< memory errors, counted likewise
  std::uint32_t reasons = 0;                              ///< ThrottleReason bits
  std::int32_t nvlinks = -1, nvlinks_up = -1;
};

/// From `before` to `after`: counters as differences, reasons of both moments, the lower clocks, the higher power and
/// temperature, links as they are after.
DeviceState change(const DeviceState& before, const DeviceState& after);

/// Held back by power or heat: a time measured so is one of the cooling, or of the power supply.
bool throttled(const DeviceState& change);

}  // namespace longhaul
