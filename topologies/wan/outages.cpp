#include "topologies/wan/outages.hpp"

#include <algorithm>

namespace longhaul::wan {

std::vector<Interruption> interruptions(Timeline timeline, std::size_t sites, std::span<const Edge> edges,
                                        std::uint32_t from, std::uint32_t to, Time now) {
  const auto cut = [&] {
    return std::ranges::any_of(shortest_way(sites, edges, timeline.states(), from, to),
                               [&](std::uint32_t link) { return timeline.state(link).down; });
  };
  std::vector<Interruption> found;
  bool was_cut = false;
  for (Time at = now;;) {
    while (timeline.take(at)) {
    }
    const bool is_cut = cut();
    if (is_cut && !was_cut) found.push_back({at, Time::max()});
    if (!is_cut && was_cut) found.back().end = at;
    was_cut = is_cut;
    const auto next = timeline.next();
    if (!next) return found;
    at = *next;
  }
}

}  // namespace longhaul::wan
