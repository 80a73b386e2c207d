#include "harness/launch/slurm.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "harness/launch/slurm_config.hpp"
#include "topologies/error.hpp"
#include "topologies/lab/fd.hpp"
#include "topologies/lab/signals.hpp"
#include "topologies/lab/task.hpp"
#include "topologies/text.hpp"
#include "topologies/text_file.hpp"

namespace longhaul {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 7> kPrograms{"munged", "slurmctld", "slurmd", "sinfo", "sbatch", "srun", "scontrol"};
constexpr const char* kPackages = "munge slurm-wlm slurm-wlm-basic-plugins";
constexpr auto kStartTime = std::chrono::seconds(30);
constexpr auto kLookAgain = std::chrono::milliseconds(50);
constexpr std::size_t kKeyLength = 128;  // munged accepts 32 to 1024 bytes

std::string random_key() {
  std::random_device random;
  std::string key;
  for (std::size_t i = 0; i < kKeyLength; ++i) key += static_cast<char>(random() & 0xff);
  return key;
}

void write_files(const LabFabric& fabric) {
  const auto folder = slurm_folder(fabric);
  fs::create_directories(folder / "state");
  fs::permissions(folder, fs::perms::owner_all);
  write_text_file(folder / "munge.key", random_key());
  fs::permissions(folder / "munge.key", fs::perms::owner_read);
  write_text_file(folder / "slurm.conf", slurm_conf(fabric));
  write_text_file(folder / "gres.conf", slurm_gres_conf(fabric));
  write_text_file(folder / "topology.conf", slurm_topology_conf(fabric));
  write_text_file(folder / "cgroup.conf",
                  "CgroupPlugin=cgroup/v1\n");  // without it slurmd 22.05 looks for systemd's tree
  int gpus = 0;
  for (const auto& host : fabric.hosts) {
    fs::create_directories(folder / ("tmp." + host.name));
    gpus = std::max(gpus, gpus_of(fabric, host));
  }
  for (int gpu = 0; gpu < gpus; ++gpu) fs::create_symlink("/dev/null", folder / fmt::format("gpu{}", gpu));
}

std::string last_line_of(const fs::path& log) {
  std::ifstream file(log);
  std::string last;
  for (std::string line; std::getline(file, line);)
    if (!trimmed(line).empty()) last = line;
  return last;
}

/// Runs a command in one host of the lab, with what it prints to stdout handed back.
std::string run_in(const LabFabric& fabric, const LabHost& host, const std::vector<std::string>& command) {
  Pipe pipe;
  Task task([&] {
    checked(::dup2(pipe.write.get(), STDOUT_FILENO), "redirect stdout");
    reset_signals();
    ::umask(077);
    ::setenv("LONGHAUL_LAB", fabric.folder.c_str(), 1);
    ::setenv("SLURM_CONF", (slurm_folder(fabric) / "slurm.conf").c_str(), 1);
    enter_lab_host(fabric, host.name, command);
  });
  pipe.write.reset();
  auto text = read_all(pipe.read.get());
  task.wait();
  return text;
}

/// A daemon that goes to the background once it serves; its own log says more than its exit code.
void start(const LabFabric& fabric, const LabHost& host, const std::vector<std::string>& command, const fs::path& log) {
  try {
    run_in(fabric, host, command);
  } catch (const EnvironmentError& error) {
    const auto last = last_line_of(log);
    throw EnvironmentError("{} does not start on {}: {}", command.front(), host.name,
                           last.empty() ? std::string(error.what()) : last);
  }
}

void start_daemons(const LabFabric& fabric) {
  const auto folder = slurm_folder(fabric);
  const auto& first = fabric.hosts.front();
  const auto own = [&](const char* name) { return (folder / name).string(); };
  start(fabric, first,
        {"munged", "--force", "--key-file=" + own("munge.key"), "--socket=" + own("munge.sock"),
         "--pid-file=" + own("munged.pid"), "--log-file=" + own("munged.log"), "--seed-file=" + own("munge.seed")},
        own("munged.log"));
  start(fabric, first, {"slurmctld", "-c"}, own("slurmctld.log"));
  for (const auto& host : fabric.hosts)
    start(fabric, host, {"slurmd", "-N", host.name}, folder / fmt::format("slurmd.{}.log", host.name));
}

std::vector<std::string> nodes_not_idle(const LabFabric& fabric) {
  const auto states = run_in(fabric, fabric.hosts.front(), {"sinfo", "-h", "-N", "-p", "all", "-o", "%N %T"});
  std::vector<std::string> others;
  for (const auto& host : fabric.hosts) {
    const auto line = host.name + " idle\n";
    if (states.find(line) == std::string::npos) others.push_back(host.name);
  }
  return others;
}

void wait_until_idle(const LabFabric& fabric) {
  const auto end = std::chrono::steady_clock::now() + kStartTime;
  for (auto others = nodes_not_idle(fabric); !others.empty(); others = nodes_not_idle(fabric)) {
    if (std::chrono::steady_clock::now() > end)
      throw EnvironmentError("Slurm's nodes {} are not idle {} s after their start: {}", fmt::join(others, ", "),
                             kStartTime.count(),
                             last_line_of(slurm_folder(fabric) / fmt::format("slurmd.{}.log", others.front())));
    std::this_thread::sleep_for(kLookAgain);
  }
}

}  // namespace

void require_slurm() {
  if (::geteuid() != 0)
    throw EnvironmentError(
        "--slurm needs root: slurmd changes its groups, which the kernel forbids in a lab of user {}; start it with: "
        "sudo longhaul lab --slurm …",
        ::geteuid());
  for (const auto* program : kPrograms)
    if (find_program(program).empty())
      throw EnvironmentError("--slurm needs {}, which is not installed; install it: sudo apt-get install {}", program,
                             kPackages);
}

std::map<std::string, std::string> prepare_slurm(const LabFabric& fabric) {
  write_files(fabric);
  start_daemons(fabric);
  wait_until_idle(fabric);
  return {{"SLURM_CONF", slurm_folder(fabric) / "slurm.conf"}};
}

}  // namespace longhaul
