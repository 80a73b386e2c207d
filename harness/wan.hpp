#pragma once
#include <memory>
#include <string>

#include "topologies/lab/lab.hpp"
#include "topologies/wan_control.hpp"

namespace longhaul {

/// The WAN of a run by the engine's name: "lab", "netem", "none", or "" for what there is (the lab a run is in, else
/// none).
/// @param lab  the one this process runs in, or null
/// @throws UsageError for an unknown engine, or "lab" outside one
std::unique_ptr<WanControl> connect_wan(const std::string& engine, const LabFabric* lab, const Topology& topology);

/// Links as they are: changes nothing and knows nothing.
std::unique_ptr<WanControl> no_wan();

}  // namespace longhaul
