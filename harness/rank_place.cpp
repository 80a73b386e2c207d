#include "harness/rank_place.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "harness/plugin_wan.hpp"
#include "harness/slurm_sites.hpp"
#include "harness/watch/agreement.hpp"
#include "topologies/load.hpp"

namespace longhaul {
namespace {

/// By mpirun a run takes the whole lab. A Slurm job takes what it was given, others may have the rest.
void expect_lab_ranks(const LabFabric& lab, int ranks) {
  if (std::getenv("SLURM_JOB_ID") != nullptr) return;
  int slots = 0;
  for (const auto& host : lab.hosts) slots += host.slots;
  if (ranks != slots)
    throw UsageError(
        "{} ranks were started, but the lab has {} hosts with {} slots in all; start exactly {}: mpirun -np {} …",
        ranks, lab.hosts.size(), slots, slots, slots);
}

/// The topology by name, else the lab's; empty where there is none. On rank 0.
std::string topology_text(const std::string& name, const LabFabric* lab) {
  if (lab == nullptr) return name.empty() ? "" : load_topology(name).text;
  if (name.empty()) return lab->topology.text;
  const auto asked = load_topology(name);
  if (asked.name != lab->topology.name)
    throw UsageError(
        "topology '{}' was asked for, but the lab this runs in was built from '{}'; leave --topology away or "
        "build the other lab",
        name, lab->topology.name);
  if (asked.text != lab->topology.text)
    throw UsageError(
        "topology '{}' is not the '{}' that the lab this runs in was built from: one name, two texts; leave "
        "--topology away or build the lab anew",
        name, lab->topology.name);
  return lab->topology.text;
}

int site_of_host(const Topology& topology, const std::string& host) {
  auto site = site_of(topology, host);
  if (!site) site = site_by_slurm(topology, host);
  if (!site)
    throw UsageError(
        "host '{}' is in no site of topology '{}'; add it to a site's hosts{}, or use --lab to emulate the topology "
        "on this machine",
        host, topology.name,
        std::getenv("SLURM_JOB_ID") != nullptr ? ", or give it a Slurm feature called as the site" : "");
  return static_cast<int>(*site);
}

/// Of each rank, on rank 0.
std::vector<int> sites_of(const Topology& topology, const std::vector<std::string>& hosts, bool plays) {
  const auto is_known = [&](const std::string& host) { return site_of(topology, host).has_value(); };
  if (plays && std::ranges::none_of(hosts, is_known))
    return sites_in_blocks(static_cast<int>(hosts.size()), topology.sites.size());
  std::vector<int> sites;
  std::map<std::string, int> found;  // once a host: asking Slurm runs two programs, and a host has many ranks
  for (const auto& host : hosts) {
    if (!found.contains(host)) found[host] = site_of_host(topology, host);
    sites.push_back(found[host]);
  }
  return sites;
}

}  // namespace

RankPlace find_rank_place(World& world, const std::string& topology, const LabFabric* lab, bool plays) {
  const auto& hosts = world.hosts();
  std::vector<int> sites;
  const auto text = from_rank_0(world, [&] {
    if (lab != nullptr) expect_lab_ranks(*lab, world.size());
    if (plays && topology.empty() && lab == nullptr)
      throw UsageError("--wan plugin needs the sites and links: --topology NAME");
    auto found = topology_text(topology, lab);
    sites = sites_of(found.empty() ? single_site(hosts) : parse_topology(found, topology), hosts, plays);
    return found;
  });
  RankPlace place{
      text.empty() ? single_site(hosts) : parse_topology(text, topology), world.broadcast(std::move(sites)), {}, {}};
  place.ranks_of.resize(place.topology.sites.size());
  for (std::size_t rank = 0; rank < hosts.size(); ++rank)
    place.ranks_of[static_cast<std::size_t>(place.site_of_rank[rank])].push_back(static_cast<int>(rank));
  place.layout = layout_of(place.site_of_rank);
  return place;
}

}  // namespace longhaul
