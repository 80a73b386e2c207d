#pragma once
#include <cstddef>
#include <string>

#include "topologies/model.hpp"

namespace longhaul {

/// Any number of sites and links: a table of the sites, then a ladder with a rail for each site and a rung for each
/// link, its facts at the right. Rails carry the sites' names, or the letters of the table where names are too wide.
std::string ladder(const Topology& topology, std::size_t columns);

}  // namespace longhaul
