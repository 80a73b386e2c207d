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

/// What starts a command as so many ranks on this host, and on all slots of a lab: "mpirun -np 4".
std::vector<std::string> own_mpirun(int ranks);
std::vector<std::string> mpirun_over(const LabFabric& lab);

/// What starts a command on all tasks of the Slurm job this process runs in, all components of a heterogeneous one
/// together; empty outside of a job.
std::vector<std::string> srun_of_job();

/// A command without an option that takes a value, given as "--launcher WORDS" or as "--launcher=WORDS".
std::vector<std::string> without_option(const std::vector<std::string>& command, const std::string& option);

/// Run a command of mpirun's or srun's (an argument list, no shell sees it) and wait for it. The first SIGINT or
/// SIGTERM asks the ranks to finish their visit (SIGUSR1, which both hand on); another, half a second later or more,
/// ends them. (One sent to a whole group, as timeout(1) does, comes twice: directly, and handed on by the lab.)
/// @param hang_account  once this file is there the ranks have been told to end; the launcher, which would wait for a
///                      host that is cut off until TCP gives it up, is killed 5 s later
/// @return its exit code, 128 + signal when it was killed
/// @throws EnvironmentError when there is no such program
int run_launcher(const std::vector<std::string>& words, const std::filesystem::path& hang_account);

/// The signal that asked the last run_launcher to end early; 0: none.
int launcher_interrupted();

/// A rank's own exit codes pass; anything else means that a rank or the launcher was killed: environment.
int meaning_of_launcher(int exit_code);

}  // namespace longhaul
