#pragma once
#include <string>

#include "topologies/lab/lab.hpp"

namespace longhaul {

/// The running lab of this id; for an empty one the lab this process is in, else the only one that runs.
/// @throws UsageError naming the labs that run
LabFabric chosen_lab(const std::string& id);

}  // namespace longhaul
