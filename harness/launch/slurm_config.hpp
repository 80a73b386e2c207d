#pragma once
#include <filesystem>
#include <string>

#include "topologies/lab/lab.hpp"

namespace longhaul {

/// Where a lab's Slurm keeps its files: below the lab's launch/ folder, which only the lab sees and which ends with it.
std::filesystem::path slurm_folder(const LabFabric& fabric);

/// GPUs that a lab host's Slurm node says it has: the site's gpus_per_host.
int gpus_of(const LabFabric& fabric, const LabHost& host);

/// slurm.conf of a lab: a node for each host, with its site's name as feature; partition `all`, and one for each site.
/// Everything runs as the lab's root, with no cgroups and no accounting. Time that a cluster waits for people
/// (requeue after 120 s, a lost node after 300 s) is cut to seconds. Source: slurm.conf(5) of 22.05.
std::string slurm_conf(const LabFabric& fabric);

/// gres.conf: each GPU a device file, slurm_folder()/gpuN, from which slurmd numbers CUDA_VISIBLE_DEVICES.
std::string slurm_gres_conf(const LabFabric& fabric);

/// topology.conf: a switch for each site and one that joins them, as a cluster of several campuses would say it.
std::string slurm_topology_conf(const LabFabric& fabric);

}  // namespace longhaul
