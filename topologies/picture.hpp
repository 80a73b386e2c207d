#pragma once
#include <cstddef>
#include <string>

#include "topologies/model.hpp"

namespace longhaul {

/// Sites and links as line drawing for a terminal of so many columns (80 or more): one or two sites as boxes; more, or
/// what is too wide for boxes, as a ladder, each link a rung between its two sites.
std::string picture(const Topology& topology, std::size_t columns);

}  // namespace longhaul
