#pragma once
#include <memory>

#include "topologies/netem/host.hpp"
#include "topologies/wan_control.hpp"

namespace longhaul {

/// What netem can be asked for: no events, since a cut needs routes, and no queue, since its own holds what is delayed.
WanAbility netem_ability();

/// Why netem cannot be used on this kernel; empty where it can be.
std::string netem_missing();

/// netem on this host's own devices; every host needs one of its own. What it set is taken back when it goes out of
/// scope, or when its process ends however that be; what others set stays, and is not changed.
std::unique_ptr<WanControl> connect_netem(const Topology& topology, const NetemOptions& options = {});

}  // namespace longhaul
