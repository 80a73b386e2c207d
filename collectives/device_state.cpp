#include "collectives/device_state.hpp"

#include <cmath>

namespace longhaul {
namespace {

constexpr std::uint32_t held_back =
    throttle_power_cap | throttle_hw_slowdown | throttle_thermal | throttle_hw_thermal | throttle_power_brake;

std::int64_t since(std::int64_t before, std::int64_t after) { return before < 0 || after < 0 ? -1 : after - before; }

}  // namespace

DeviceState change(const DeviceState& before, const DeviceState& after) {
  DeviceState change;
  change.clock = std::fmin(before.clock, after.clock);
  change.memory_clock = std::fmin(before.memory_clock, after.memory_clock);
  change.power = std::fmax(before.power, after.power);
  change.temperature = std::fmax(before.temperature, after.temperature);
  change.energy = after.energy - before.energy;
  change.throttled = after.throttled - before.throttled;
  change.ecc_corrected = since(before.ecc_corrected, after.ecc_corrected);
  change.ecc_uncorrected = since(before.ecc_uncorrected, after.ecc_uncorrected);
  change.reasons = before.reasons | after.reasons;
  change.nvlinks = after.nvlinks;
  change.nvlinks_up = after.nvlinks_up;
  return change;
}

bool throttled(const DeviceState& change) { return (change.reasons & held_back) != 0 || change.throttled > 0; }

}  // namespace longhaul
