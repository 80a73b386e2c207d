#pragma once
#include <vector>

#include "topologies/model.hpp"

namespace longhaul {

/// One-way delay of light: SMF 4.897 µs/km (n ≈ 1.468 at 1550 nm), hollow core 3.34–3.5 µs/km (we use 3.36).
/// @throws UsageError for a length of no medium
Duration propagation(Medium medium, Kilometres length);

/// One-way delay of a link: propagation + equipment, or half its plain RTT.
Duration one_way_delay(const Link& link);

/// What all members of a link carry together, one direction.
BytesPerSecond capacity(const Link& link);

/// Bandwidth-delay product: what must be in flight to fill a path.
Bytes bandwidth_delay_product(BytesPerSecond rate, Duration rtt);

/// The way between two sites.
struct Path {
  std::size_t from = 0, to = 0;    ///< site indices
  std::vector<std::size_t> links;  ///< link indices, in order of travel
  Kilometres length;               ///< of the links whose length is known; a plain RTT adds nothing
  Duration one_way{};
  BytesPerSecond bottleneck;  ///< capacity of the slowest link; 0 from a site to itself
  Duration rtt() const { return 2 * one_way; }
};

/// The path of least one-way delay; ties go to fewer links, then to the link declared first (seen from
/// the site declared first, so that both directions take the same way).
/// @throws UsageError when the sites are not connected
Path shortest_path(const Topology& topology, std::size_t from, std::size_t to);

/// Shortest paths of all unordered pairs of sites (from < to), in order of declaration.
std::vector<Path> all_paths(const Topology& topology);

}  // namespace longhaul
