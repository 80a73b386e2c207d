#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "results/conditions.hpp"
#include "results/tables.hpp"

namespace longhaul {

/// True for variables that describe how the libraries were set and hold no secrets: NCCL_*, OMPI_MCA_*, PMIX_MCA_*,
/// PRTE_MCA_*, UCX_*, FI_* and a few SLURM_* by name. Everything else stays out of a results file, SLURM_JWT first of
/// all.
bool is_kept_variable(std::string_view name);

/// The kept variables of an environment as sorted "NAME=value" lines.
std::string kept_environment(const char* const* environment);

/// The first NCCL_* variable that two kept environments differ in, and what it is in each ("" where it is not set).
/// Those that change what NCCL tells rather than does are passed over (NCCL_DEBUG*, NCCL_PROFILER_PLUGIN, NCCL_RAS_*),
/// and so is what `sets` says of a name: those that the plan sets itself.
std::optional<ConditionDifference> nccl_difference(const std::string& before, const std::string& now,
                                                   const std::function<bool(const std::string&)>& sets);

/// ISO 8601 in UTC with milliseconds: "2026-01-31T12:00:00.000Z".
std::string timestamp_now();

/// 16 random hexadecimal digits.
std::string random_id();

/// The words this process was started with, the program first.
std::vector<std::string> command_line();

/// Words joined so that a shell would split them again.
std::string quoted_command(std::span<const std::string> words);

/// What this machine and program are: version, kernel, cpu, cores, environment, start time, id. The rest is the run's.
LaunchRow describe_machine();

}  // namespace longhaul
