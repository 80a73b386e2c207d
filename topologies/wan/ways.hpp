#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "topologies/wan/clock.hpp"
#include "topologies/wan/event.hpp"

namespace longhaul::wan {

/// A link as routing sees it: it joins two sites, and light takes so long either way.
struct Edge {
  std::uint32_t a = 0, b = 0;  ///< sites
  Duration one_way{};
};

/// The links of the shortest way between two sites, in order of travel: least delay, then fewest links, then the links
/// declared first; seen from the site declared first, so that both directions take the same way.
///
/// Links that are avoided are left out where another way remains; where none does, the way is what it would be
/// otherwise. Empty where no links join the two, and from a site to itself.
/// @param states  of each edge; empty: all as they should be
std::vector<std::uint32_t> shortest_way(std::size_t sites, std::span<const Edge> edges,
                                        std::span<const LinkState> states, std::uint32_t from, std::uint32_t to);

/// What light takes over these links.
Duration way_delay(std::span<const Edge> edges, std::span<const std::uint32_t> way);

/// The delay a setting imposes once its traffic goes another way: the difference of the two ways comes on top of the
/// configured delay, never below zero.
/// @param configured  one way, on the usual way
Duration delay_on(Duration configured, Duration usual_way, Duration way_taken);

}  // namespace longhaul::wan
