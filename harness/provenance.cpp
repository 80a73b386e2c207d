#include "harness/provenance.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <map>
#include <random>
#include <thread>
#include <utility>

#include "topologies/text.hpp"

namespace longhaul {
namespace {

constexpr std::array<std::string_view, 6> kKeptPrefixes{"NCCL_", "OMPI_MCA_", "PMIX_MCA_", "PRTE_MCA_", "UCX_", "FI_"};
constexpr std::array<std::string_view, 9> kKeptSlurm{
    "SLURM_JOB_ID", "SLURM_JOB_NAME",        "SLURM_JOB_PARTITION", "SLURM_JOB_NODELIST", "SLURM_JOB_NUM_NODES",
    "SLURM_NTASKS", "SLURM_NTASKS_PER_NODE", "SLURM_RESTART_COUNT", "SLURM_CLUSTER_NAME"};
/// What Open MPI's daemons tell each other: folders, addresses and a key of one job, not how it was set.
constexpr std::array<std::string_view, 4> kDaemonPrefixes{"OMPI_MCA_orte_", "OMPI_MCA_ess", "OMPI_MCA_initial_wdir",
                                                          "OMPI_MCA_plm_rsh_agent"};
constexpr std::array<std::string_view, 3> kTellingPrefixes{"NCCL_DEBUG", "NCCL_PROFILER_PLUGIN", "NCCL_RAS_"};
/// Values that may be secrets even under a kept prefix.
constexpr std::array<std::string_view, 5> kSecretWords{"TOKEN", "SECRET", "PASSWORD", "KEY", "JWT"};

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

std::string kernel_release() {
  utsname name{};
  uname(&name);
  return fmt::format("{} {}", name.sysname, name.release);
}

}  // namespace

bool is_kept_variable(std::string_view name) {
  const auto same = [](char letter, char capital) {
    return std::toupper(static_cast<unsigned char>(letter)) == capital;
  };
  const auto within = [&](std::string_view word) { return !std::ranges::search(name, word, same).empty(); };
  const auto begins = [&](std::string_view prefix) { return name.starts_with(prefix); };
  if (std::ranges::any_of(kSecretWords, within) || std::ranges::any_of(kDaemonPrefixes, begins)) return false;
  return std::ranges::find(kKeptSlurm, name) != kKeptSlurm.end() ||
         std::ranges::any_of(kKeptPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

std::string kept_environment(const char* const* environment) {
  std::vector<std::string> lines;
  for (; *environment != nullptr; ++environment) {
    const std::string_view line(*environment);
    if (is_kept_variable(line.substr(0, line.find('=')))) lines.emplace_back(line);
  }
  std::ranges::sort(lines);
  return fmt::format("{}", fmt::join(lines, "\n"));
}

std::optional<ConditionDifference> nccl_difference(const std::string& before, const std::string& now,
                                                   const std::function<bool(const std::string&)>& sets) {
  std::map<std::string, std::pair<std::string, std::string>> values;
  const auto read = [&](const std::string& environment, auto member) {
    for (const auto& line : split(environment, '\n'))
      if (const auto equals = line.find('='); equals != std::string::npos && line.starts_with("NCCL_"))
        values[line.substr(0, equals)].*member = line.substr(equals + 1);
  };
  read(before, &std::pair<std::string, std::string>::first);
  read(now, &std::pair<std::string, std::string>::second);
  for (const auto& [name, value] : values) {
    const bool only_tells =
        std::ranges::any_of(kTellingPrefixes, [&](auto prefix) { return name.starts_with(prefix); });
    if (!only_tells && !sets(name) && value.first != value.second) return {{name, value.first, value.second}};
  }
  return std::nullopt;
}

std::string timestamp_now() {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     now.time_since_epoch().count() % 1000);
}

std::string random_id() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}", device(), device());
}

std::vector<std::string> command_line() {
  std::ifstream file("/proc/self/cmdline");
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

std::string quoted_command(std::span<const std::string> words) {
  std::string line;
  for (const auto& word : words) {
    const bool plain = !word.empty() && word.find_first_of(" \t\n'\"\\$`*?[]{}()<>|&;#~!") == std::string::npos;
    if (!line.empty()) line += ' ';
    if (plain) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char letter : word) line += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
    line += '\'';
  }
  return line;
}

LaunchRow describe_machine() {
  LaunchRow launch;
  launch.id = random_id();
  launch.started = timestamp_now();
  launch.version = LONGHAUL_VERSION;
  launch.kernel = kernel_release();
  launch.cpu = cpu_model();
  launch.cores = static_cast<std::int32_t>(::sysconf(_SC_NPROCESSORS_ONLN));
  launch.environment = kept_environment(environ);
  return launch;
}

}  // namespace longhaul
