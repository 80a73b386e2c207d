#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "topologies/lab/lab.hpp"

namespace longhaul {

/// True in a process that mpirun or srun started as a rank.
bool is_rank();

/// How to call the launcher of the MPI that this program was built with. By its name where PATH leads to it (Open MPI
/// called by its path would change the ranks' PATH), or where it is not there, as in a tree that was moved elsewhere.
/// @param built_with  its path  @param search  PATH, with colons
std::string mpirun_word(const std::filesystem::path& built_with, std::string_view search);

/// Run mpirun over all slots of the lab this process runs in and wait for it. The first SIGINT or SIGTERM asks the
/// ranks to finish their visit (SIGUSR1, which mpirun hands on); another, half a second later or more, ends them. (One
/// sent to a whole group, as timeout(1) does, comes twice: directly, and handed on by the lab.)
/// @param hang_account  once this file is there the ranks have been told to end; mpirun, which would wait for a host
///                      that is cut off until TCP gives it up, is killed 5 s later
/// @return mpirun's exit code, 128 + signal when it was killed
/// @throws EnvironmentError when there is no mpirun
int run_mpirun(const LabFabric& lab, const std::vector<std::string>& command,
               const std::filesystem::path& hang_account);

/// The signal that asked the last run_mpirun to end early; 0: none.
int mpirun_interrupted();

/// A rank's own exit codes pass; anything else means that a rank or mpirun was killed: environment.
int meaning_of_mpirun(int exit_code);

}  // namespace longhaul
