#pragma once
#include <cstddef>
#include <string>

#include "topologies/model.hpp"

namespace longhaul {

/// "2 sites, 128 hosts, 1024 GPUs, 1 link".
std::string summary(const Topology& topology);

/// What `longhaul topology show` prints: title, picture, and for each pair of sites its path, length, delays,
/// bottleneck and bandwidth-delay product.
/// @param columns  of the terminal; at least 80 are used
std::string describe(const Topology& topology, std::size_t columns);

}  // namespace longhaul
