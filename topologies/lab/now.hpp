#pragma once
#include "topologies/wan/clock.hpp"

namespace longhaul {

/// The emulator's time: CLOCK_MONOTONIC.
wan::Time now();

}  // namespace longhaul
