#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "topologies/wan/timeline.hpp"
#include "topologies/wan/ways.hpp"

namespace longhaul::wan {

/// A time in which nothing gets from one site to another.
struct Interruption {
  Time begin{};
  Time end = Time::max();  ///< max(): no end is in sight
  bool operator==(const Interruption&) const = default;
};

/// When the way between two sites is cut, as the events to come have it: until its link is restored, or routes go round
/// it. One that is under way begins with `now`.
/// @param timeline  a copy: its steps are taken
std::vector<Interruption> interruptions(Timeline timeline, std::size_t sites, std::span<const Edge> edges,
                                        std::uint32_t from, std::uint32_t to, Time now);

}  // namespace longhaul::wan
