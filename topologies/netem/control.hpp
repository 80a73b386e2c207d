#pragma once
#include <memory>

#include "topologies/netem/host.hpp"
#include "topologies/wan_control.hpp"

namespace longhaul {

/// netem on this host's own devices; every host needs one of its own. Taken back when it goes out of scope.
std::unique_ptr<WanControl> connect_netem(const Topology& topology, const NetemOptions& options = {});

}  // namespace longhaul
