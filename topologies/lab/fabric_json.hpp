#pragma once
#include <nlohmann/json.hpp>

#include "topologies/lab/lab.hpp"

namespace longhaul {

/// A fabric as lab.json holds it: durations in nanoseconds, rates in bytes per second, lengths in km.
nlohmann::json fabric_to_json(const LabFabric& fabric);
/// @throws nlohmann::json::exception for what fabric_to_json() has not written
LabFabric fabric_from_json(const nlohmann::json& json);

}  // namespace longhaul
