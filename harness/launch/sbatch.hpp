#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace longhaul {

/// Hands a script to sbatch.
/// @param after  numbers of jobs that must have ended well before it starts; empty: none
/// @return the job's number
/// @throws EnvironmentError with sbatch's own words when it refuses, or where there is no sbatch
std::string submit_script(const std::filesystem::path& script, const std::vector<std::string>& after);

}  // namespace longhaul
