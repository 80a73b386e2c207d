#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "topologies/lab/lab.hpp"

namespace longhaul {

/// Makes `mpirun ./anything` in a lab spread over all its hosts with no flags: writes a host file and an agent that
/// starts a program on a host (where a cluster has ssh) into the fabric's folder, and says so to Open MPI (4.x) and to
/// MPICH's Hydra in the variables returned.
/// @param program  the longhaul program, which the agent calls
std::map<std::string, std::string> prepare_mpirun(const LabFabric& fabric, const std::filesystem::path& program);

/// "HOST slots=N" a line, as Open MPI reads it.
std::string open_mpi_hostfile(const LabFabric& fabric);
/// "HOST:N" a line, as Hydra reads it.
std::string hydra_hostfile(const LabFabric& fabric);
/// A shell script that is called like ssh: [options] HOST COMMAND…
std::string launch_agent(const LabFabric& fabric, const std::filesystem::path& program);

}  // namespace longhaul
