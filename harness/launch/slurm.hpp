#pragma once
#include <map>
#include <string>

#include "topologies/lab/lab.hpp"

namespace longhaul {

/// Where Slurm's programs are missing.
/// @throws EnvironmentError that names the first one and the packages
void require_slurm();

/// Starts munged and slurmctld on the lab's first host and a slurmd on each, and waits until all nodes are idle. They
/// end with the lab. For PrepareLaunch: called in the lab, once its hosts are up.
/// @return variables for what runs in the lab: SLURM_CONF
/// @throws EnvironmentError with the end of the daemon's own log when the cluster does not come up
std::map<std::string, std::string> prepare_slurm(const LabFabric& fabric);

}  // namespace longhaul
