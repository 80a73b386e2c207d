#pragma once
#include <memory>
#include <vector>

#include "collectives/mpi/world.hpp"
#include "harness/plan.hpp"
#include "topologies/model.hpp"
#include "topologies/wan_control.hpp"

namespace longhaul {

/// The WAN within the network plugin: each host's first rank makes a control segment, and every rank's environment
/// names it (LONGHAUL_NET_CONTROL, LONGHAUL_NET_SITE), so that a plugin loaded afterwards finds it. Collective, before
/// the plugin is loaded. Rates are per host: its processes share them.
/// @param site_of_rank  indices into topology.sites
/// @return the control of this host on its first rank; null on the others
/// @throws EnvironmentError where there is no shared memory
std::unique_ptr<WanControl> make_plugin_wan(World& world, const Topology& topology,
                                            const std::vector<int>& site_of_rank, const NetShape& shape);

/// Sites for ranks on hosts that the topology does not know, such as this machine: even blocks in rank order, so that
/// neighbours in the ring are mostly neighbours in a site.
std::vector<int> sites_in_blocks(int ranks, std::size_t sites);

}  // namespace longhaul
