#pragma once
#include <string>
#include <vector>

#include "results/tables.hpp"

namespace longhaul {

/// How a launch's rates stand to its topology's, as printed everywhere: "1:400", "1:1", "uncapped".
std::string rate_scale(const LaunchRow& launch);

/// Of all launches, each once, " | " between; empty where every launch had the topology's own rates.
std::string rate_scale(const Results& results);

/// Of the launches that visited each point, as above; of the file's where a point has no visit.
std::vector<std::string> rate_scales_of_points(const Results& results);

}  // namespace longhaul
