#include "topologies/wan/ways.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace longhaul::wan {
namespace {

struct Reach {
  Duration one_way{};
  std::vector<std::uint32_t> links;
  bool operator<(const Reach& other) const {
    return std::tuple(one_way, links.size(), links) < std::tuple(other.one_way, other.links.size(), other.links);
  }
};

/// Dijkstra's algorithm over the links that `usable` lets through.
template <class Usable>
std::optional<Reach> reach(std::size_t sites, std::span<const Edge> edges, std::uint32_t from, std::uint32_t to,
                           Usable usable) {
  std::vector<std::optional<Reach>> best(sites);
  std::vector<bool> settled(sites, false);
  best[from] = Reach{};
  for (;;) {
    std::optional<std::size_t> next;
    for (std::size_t site = 0; site < sites; ++site)
      if (best[site] && !settled[site] && (!next || *best[site] < *best[*next])) next = site;
    if (!next || *next == to) return best[to];
    settled[*next] = true;
    for (std::uint32_t link = 0; link < edges.size(); ++link) {
      const auto& edge = edges[link];
      if ((edge.a != *next && edge.b != *next) || !usable(link)) continue;
      Reach further = *best[*next];
      further.one_way += edge.one_way;
      further.links.push_back(link);
      auto& other = best[edge.a == *next ? edge.b : edge.a];
      if (!other || further < *other) other = std::move(further);
    }
  }
}

}  // namespace

std::vector<std::uint32_t> shortest_way(std::size_t sites, std::span<const Edge> edges,
                                        std::span<const LinkState> states, std::uint32_t from, std::uint32_t to) {
  const auto first = std::min(from, to), last = std::max(from, to);
  auto found = reach(sites, edges, first, last,
                     [&](std::uint32_t link) { return link >= states.size() || !states[link].avoided; });
  if (!found) found = reach(sites, edges, first, last, [](std::uint32_t) { return true; });
  if (!found) return {};
  if (from > to) std::reverse(found->links.begin(), found->links.end());
  return found->links;
}

Duration way_delay(std::span<const Edge> edges, std::span<const std::uint32_t> way) {
  Duration sum{};
  for (const auto link : way) sum += edges[link].one_way;
  return sum;
}

Duration delay_on(Duration configured, Duration usual_way, Duration way_taken) {
  return std::max(Duration::zero(), configured + way_taken - usual_way);
}

}  // namespace longhaul::wan
