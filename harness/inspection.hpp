#pragma once
#include <string>
#include <vector>

#include "collectives/device.hpp"
#include "collectives/mpi/world.hpp"
#include "harness/preflight.hpp"
#include "topologies/lab/lab.hpp"
#include "topologies/model.hpp"

namespace longhaul {

/// This rank's facts with what its library and device say: `library`, `GPU`, `GPU memory errors`, `NVLinks`.
HostFacts rank_facts(const std::string& library, Device* device);

/// The preflight of all ranks, on rank 0; empty elsewhere. Collective.
/// @param site_of_rank  indices into topology.sites; paths between sites are probed
std::vector<PreflightRow> inspect(World& world, const HostFacts& own, const Topology& topology,
                                  const std::vector<int>& site_of_rank, PreflightTerms terms);

/// Says on stderr what makes figures doubtful; on rank 0.
/// @throws EnvironmentError where something is unfit, unless forced
void expect_fit(const std::vector<PreflightRow>& rows, bool force, bool quiet);

/// The longest path of a topology, as a run has to fill it.
/// @param lab  the one this process runs in, or null: rates are scaled as its are
PreflightTerms terms_of(const Topology& topology, const LabFabric* lab);

}  // namespace longhaul
