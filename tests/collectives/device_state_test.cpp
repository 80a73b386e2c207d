#include "collectives/device_state.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace longhaul {
namespace {

TEST(DeviceState, ChangesByDifferencesOfCountersAndTheWorseOfBothMoments) {
  DeviceState before, after;
  before.clock = 1.98e9;
  after.clock = 1.2e9;
  before.temperature = 70;
  after.temperature = 65;
  before.energy = 1000;
  after.energy = 1350;
  before.ecc_corrected = 3;
  after.ecc_corrected = 5;
  before.reasons = throttle_gpu_idle;
  after.reasons = throttle_sync_boost;
  after.nvlinks = 18;
  after.nvlinks_up = 17;
  const auto between = change(before, after);
  EXPECT_EQ(between.clock, 1.2e9);
  EXPECT_EQ(between.temperature, 70);
  EXPECT_EQ(between.energy, 350);
  EXPECT_EQ(between.ecc_corrected, 2);
  EXPECT_EQ(between.ecc_uncorrected, -1);
  EXPECT_EQ(between.reasons, 0x11U);
  EXPECT_EQ(between.nvlinks_up, 17);
  EXPECT_TRUE(std::isnan(between.power));
}

TEST(DeviceState, IsThrottledByPowerAndHeatAndNotByIdlingOrSettings) {
  DeviceState state;
  EXPECT_FALSE(throttled(state));
  for (const auto reason :
       {throttle_power_cap, throttle_hw_slowdown, throttle_thermal, throttle_hw_thermal, throttle_power_brake}) {
    state.reasons = reason;
    EXPECT_TRUE(throttled(state)) << reason;
  }
  for (const auto reason : {throttle_gpu_idle, throttle_clocks_setting, throttle_sync_boost, throttle_display}) {
    state.reasons = reason;
    EXPECT_FALSE(throttled(state)) << reason;
  }
  state.throttled = 1e-3;  // between the two moments
  EXPECT_TRUE(throttled(state));
}

}  // namespace
}  // namespace longhaul
