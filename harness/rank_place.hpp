#pragma once
#include <string>
#include <vector>

#include "collectives/layout.hpp"
#include "collectives/mpi/world.hpp"
#include "harness/plan.hpp"
#include "topologies/lab/lab.hpp"
#include "topologies/model.hpp"

namespace longhaul {

/// Where the ranks are: agreed on by all of them.
struct RankPlace {
  Topology topology;
  std::vector<int> site_of_rank;           ///< indices into topology.sites
  std::vector<std::vector<int>> ranks_of;  ///< by site of the topology
  Layout layout;
};

/// The topology that was named, else the lab's, else one site of all hosts; and the site of each rank: by its host's
/// name, else, in a Slurm job, by a feature or a switch of its host that is called as a site is. Collective.
/// @param topology  name or file; empty: none was named
/// @param plays  with the plugin's WAN, ranks may play sites: where no host is the topology's
/// @throws AlreadyTold: a host in no site, another topology than the lab's, ranks that are not the lab's
RankPlace find_rank_place(World& world, const std::string& topology, const LabFabric* lab, bool plays);

}  // namespace longhaul
