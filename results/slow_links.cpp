#include "results/slow_links.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "topologies/error.hpp"
#include "topologies/physics.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

using Pairs = std::set<std::size_t>;  ///< indices

std::string name_of(const PairExcess& pair) { return fmt::format("{}–{}", pair.site_a, pair.site_b); }

std::vector<std::size_t> links_between(const Topology& topology, const PairExcess& pair) {
  const auto place = [&](const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(topology.sites, name, &Site::name) - topology.sites.begin());
  };
  const auto a = place(pair.site_a), b = place(pair.site_b);
  if (a == topology.sites.size() || b == topology.sites.size()) return {};
  try {
    return shortest_path(topology, a, b).links;
  } catch (const UsageError&) {
    return {};  // not connected
  }
}

/// The long pairs that cross each link which may be why: no pair that crosses it is on time.
std::map<std::size_t, Pairs> suspects(const Topology& topology, std::span<const PairExcess> pairs) {
  std::map<std::size_t, Pairs> crossing;
  std::map<std::size_t, double> least;  // excess of a long pair over the link
  for (std::size_t i = 0; i < pairs.size(); ++i)
    for (const auto link : links_between(topology, pairs[i])) {
      if (!pairs[i].is_long) continue;
      crossing[link].insert(i);
      const auto [entry, is_new] = least.try_emplace(link, pairs[i].excess);
      if (!is_new) entry->second = std::min(entry->second, pairs[i].excess);
    }
  for (const auto& pair : pairs)
    for (const auto link : links_between(topology, pair))
      if (!pair.is_long && crossing.contains(link) && pair.excess < least.at(link) / 2) crossing.erase(link);
  return crossing;
}

Outlier named(const Topology& topology, const std::vector<std::size_t>& links, const Pairs& explained,
              std::span<const PairExcess> pairs) {
  std::vector<std::string> names;
  for (const auto link : links) {
    const auto& it = topology.links[link];
    const auto between = fmt::format(" ({}–{})", topology.sites[it.a].name, topology.sites[it.b].name);
    names.push_back(it.name + (it.name == default_name(topology, it.a, it.b) ? "" : between));
  }
  double excess = std::numeric_limits<double>::infinity();  // the least: others may cross another long link besides
  std::vector<std::string> between;
  for (const auto pair : explained) {
    excess = std::min(excess, pairs[pair].excess);
    between.push_back(name_of(pairs[pair]));
  }
  const auto what =
      fmt::format("{} longer than configured: {}", format_duration(from_seconds(excess)), fmt::join(between, ", "));
  if (links.size() == 1) return {Outlier::Part::link, "the link " + names.front(), "round trips over it are " + what};
  return {Outlier::Part::link, fmt::format("one of the links {}", fmt::join(names, " and ")),
          "they lie one after the other, and round trips over them are " + what};
}

}  // namespace

Outlier slow_pair(const PairExcess& pair) {
  return {Outlier::Part::site_pair, name_of(pair),
          fmt::format("its round trip is {} longer than configured", format_duration(from_seconds(pair.excess)))};
}

std::vector<Outlier> slow_links(const Topology& topology, std::span<const PairExcess> pairs) {
  auto suspected = suspects(topology, pairs);
  Pairs open;
  for (std::size_t i = 0; i < pairs.size(); ++i)
    if (pairs[i].is_long) open.insert(i);
  std::vector<Outlier> found;
  while (!suspected.empty()) {
    // The link that explains most of what is open; of those that explain the same, all.
    const auto explains = [&](const Pairs& crossing) {
      return std::ranges::count_if(crossing, [&](const auto pair) { return open.contains(pair); });
    };
    const auto best =
        std::ranges::max_element(suspected, {}, [&](const auto& suspect) { return explains(suspect.second); });
    if (explains(best->second) == 0) break;
    const Pairs crossing = best->second;
    std::vector<std::size_t> alike;
    for (const auto& [link, theirs] : suspected)
      if (theirs == crossing) alike.push_back(link);
    found.push_back(named(topology, alike, crossing, pairs));
    for (const auto pair : crossing) open.erase(pair);
    for (const auto link : alike) suspected.erase(link);
  }
  for (const auto pair : open) found.push_back(slow_pair(pairs[pair]));
  return found;
}

}  // namespace longhaul
