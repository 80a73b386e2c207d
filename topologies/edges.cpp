#include "topologies/edges.hpp"

#include "topologies/physics.hpp"

namespace longhaul {

std::vector<wan::Edge> edges_of(const Topology& topology) {
  std::vector<wan::Edge> edges;
  for (const auto& link : topology.links)
    edges.push_back({static_cast<std::uint32_t>(link.a), static_cast<std::uint32_t>(link.b), one_way_delay(link)});
  return edges;
}

}  // namespace longhaul
