#pragma once
#include <vector>

#include "topologies/model.hpp"
#include "topologies/wan/ways.hpp"

namespace longhaul {

/// A topology's links as routing sees them, in its order.
std::vector<wan::Edge> edges_of(const Topology& topology);

}  // namespace longhaul
