#include "topologies/physics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <tuple>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

// Group index of standard single-mode fibre (ITU-T G.652.D) at 1550 nm is about 1.468 (Corning SMF-28 data
// sheet: 1.4682); times 1 / (299,792.458 km/s) that is 4.897 µs/km.
constexpr double kSmfSecondsPerKilometre = 4.897e-6;
// Light in vacuum takes 3.336 µs/km and air-guided fibre little more: 3.34 to 3.5 µs/km is what vendors and papers
// state for hollow-core cable (an effective index of 1.0013 to 1.05). 3.36 is n ≈ 1.007, nested antiresonant fibre as
// deployed.
constexpr double kHollowCoreSecondsPerKilometre = 3.36e-6;

/// How good a way to a site is; smaller is better. Delay first, then links, then the order of declaration.
struct Reach {
  Duration one_way{};
  std::vector<std::size_t> links;
  bool operator<(const Reach& other) const {
    return std::tuple(one_way, links.size(), links) < std::tuple(other.one_way, other.links.size(), other.links);
  }
};

/// The best way from one site to each (Dijkstra's algorithm); empty where there is none.
std::vector<std::optional<Reach>> reaches(const Topology& topology, std::size_t from) {
  std::vector<std::optional<Reach>> best(topology.sites.size());
  std::vector<bool> settled(topology.sites.size(), false);
  best.at(from) = Reach{};
  for (;;) {
    std::optional<std::size_t> next;
    for (std::size_t site = 0; site < best.size(); ++site)
      if (best[site] && !settled[site] && (!next || *best[site] < *best[*next])) next = site;
    if (!next) return best;
    settled[*next] = true;
    for (std::size_t i = 0; i < topology.links.size(); ++i) {
      const auto& link = topology.links[i];
      if (link.a != *next && link.b != *next) continue;
      const std::size_t other = link.a == *next ? link.b : link.a;
      Reach reach = *best[*next];
      reach.one_way += one_way_delay(link);
      reach.links.push_back(i);
      if (!best[other] || reach < *best[other]) best[other] = std::move(reach);
    }
  }
}

Path path_of(const Topology& topology, std::size_t from, std::size_t to, const std::optional<Reach>& reach) {
  if (!reach)
    throw UsageError("no path between sites '{}' and '{}' in topology '{}'; add a link that joins them",
                     topology.sites[from].name, topology.sites[to].name, topology.name);
  Path path{.from = from, .to = to, .links = reach->links, .length = {}, .one_way = reach->one_way, .bottleneck = {}};
  double slowest = reach->links.empty() ? 0 : std::numeric_limits<double>::infinity();
  for (const auto index : reach->links) {
    path.length.value += topology.links[index].length.value;
    slowest = std::min(slowest, capacity(topology.links[index]).value);
  }
  path.bottleneck = {slowest};
  return path;
}

}  // namespace

Duration propagation(Medium medium, Kilometres length) {
  switch (medium) {
    case Medium::smf: return from_seconds(length.value * kSmfSecondsPerKilometre);
    case Medium::hollow_core: return from_seconds(length.value * kHollowCoreSecondsPerKilometre);
    case Medium::unspecified: break;
  }
  if (length.value == 0) return Duration::zero();
  throw UsageError("a length of {} needs a medium; expected smf or hollow_core", format_length(length));
}

Duration one_way_delay(const Link& link) {
  if (link.plain_rtt) return *link.plain_rtt / 2;
  return propagation(link.medium, link.length) + link.equipment_latency;
}

BytesPerSecond capacity(const Link& link) { return {link.members.rate.value * link.members.count}; }

Bytes bandwidth_delay_product(BytesPerSecond rate, Duration rtt) {
  return {static_cast<std::uint64_t>(std::llround(rate.value * seconds(rtt)))};
}

Path shortest_path(const Topology& topology, std::size_t from, std::size_t to) {
  // Both directions take the same way, also where two are equally long.
  const auto first = std::min(from, to), last = std::max(from, to);
  auto path = path_of(topology, first, last, reaches(topology, first).at(last));
  if (from > to) {
    std::swap(path.from, path.to);
    std::reverse(path.links.begin(), path.links.end());
  }
  return path;
}

std::vector<Path> all_paths(const Topology& topology) {
  std::vector<Path> paths;
  for (std::size_t from = 0; from < topology.sites.size(); ++from) {
    const auto best = reaches(topology, from);
    for (std::size_t to = from + 1; to < topology.sites.size(); ++to)
      paths.push_back(path_of(topology, from, to, best[to]));
  }
  return paths;
}

}  // namespace longhaul
