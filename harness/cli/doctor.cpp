#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "collectives/load_module.hpp"
#include "harness/cli/commands.hpp"
#include "results/hdf5.hpp"
#include "topologies/error.hpp"
#include "topologies/lab/permissions.hpp"
#include "topologies/lab/task.hpp"
#include "topologies/share.hpp"
#include "topologies/text_table.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

/// One line of the table. What the lab needs decides the exit code; the rest is told.
struct Check {
  std::string name;
  bool ok = true;
  std::string found, remedy;
};

Check mpirun() {
  const auto words = output_of({"mpirun", "--version"});
  if (words.empty()) return {"mpirun", false, "not found", "install it: sudo apt-get install openmpi-bin"};
  return {"mpirun", true, words.substr(0, words.find('\n')), ""};
}

Check congestion_controls() {
  std::ifstream file("/proc/sys/net/ipv4/tcp_available_congestion_control");
  const std::vector<std::string> names{std::istream_iterator<std::string>(file), {}};
  const bool cubic = std::find(names.begin(), names.end(), "cubic") != names.end();
  return {"congestion control", cubic, fmt::format("{}", fmt::join(names, ", ")),
          cubic ? "" : "cubic is the lab's default: sudo modprobe tcp_cubic, or choose with --congestion-control"};
}

Check hdf5() { return {"HDF5", true, hdf5::library_version(), ""}; }

Check plotly() {
  const auto file = share_folder() / "plotly.min.js";
  if (std::filesystem::exists(file)) return {"Plotly", true, file.string(), ""};
  return {"Plotly", false, "not at " + file.string(), "reports need it: ./quickstart fetches it"};
}

Check gpu_module(const char* name, const char* title) {
  const auto state = module_state(name);
  if (state.usable) return {title, true, state.found, ""};
  return {title, false, "not usable", state.found};
}

Check processor() { return {"cores", true, fmt::format("{}", ::sysconf(_SC_NPROCESSORS_ONLN)), ""}; }

Check memory() {
  const auto bytes =
      static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return {"memory", true, fmt::format("{} GiB", format_significant(static_cast<double>(bytes) / (1 << 30))), ""};
}

Check kernel() {
  utsname name{};
  ::uname(&name);
  return {"kernel", true, fmt::format("{} {}", name.sysname, name.release), ""};
}

std::vector<Check> others() {
  return {mpirun(),
          congestion_controls(),
          hdf5(),
          plotly(),
          gpu_module("cuda", "CUDA module"),
          gpu_module("nccl", "NCCL module"),
          processor(),
          memory(),
          kernel()};
}

void print_json(bool lab, const std::vector<Check>& checks) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& check : checks)
    rows.push_back({{"name", check.name}, {"ok", check.ok}, {"found", check.found}, {"remedy", check.remedy}});
  fmt::print("{}\n", nlohmann::ordered_json{{"lab", lab}, {"checks", rows}}.dump(2));
}

void print_table(bool lab, const std::vector<Check>& checks) {
  using enum TextTable::Align;
  TextTable table{{{"Needed", left}, {"State", left}, {"Found", left}}, {}};
  for (const auto& check : checks) table.rows.push_back({check.name, check.ok ? "ok" : "missing", check.found});
  fmt::print("{}\n", table.str());
  for (const auto& check : checks)
    if (!check.remedy.empty()) fmt::print("{}: {}\n", check.name, check.remedy);
  fmt::print("{}\n", lab ? "The lab can be built on this machine." : "The lab cannot be built on this machine.");
}

int diagnose(bool json) {
  const auto permissions = probe_lab_permissions();
  std::vector<Check> checks;
  for (const auto& each : permissions.requirements) checks.push_back({each.name, each.met, each.found, each.remedy});
  for (auto& check : others()) checks.push_back(std::move(check));
  json ? print_json(permissions.met(), checks) : print_table(permissions.met(), checks);
  return static_cast<int>(permissions.met() ? ExitCode::done : ExitCode::environment);
}

}  // namespace

void add_doctor_command(CLI::App& program, Action& action) {
  auto* doctor = program.add_subcommand("doctor", "Show what this machine has and lacks, and what to do about it");
  const auto json = std::make_shared<bool>(false);
  doctor->add_flag("--json", *json, "for scripts");
  doctor->footer("Example: longhaul doctor\nExit codes: 0 the lab can be built here, 4 it cannot.");
  doctor->callback([json, &action] { action = [json] { return diagnose(*json); }; });
}

}  // namespace longhaul
