#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "collectives/load_module.hpp"
#include "collectives/mpi/gpu_support.hpp"
#include "harness/backend.hpp"
#include "harness/cli/commands.hpp"
#include "harness/inspection.hpp"
#include "harness/launch/launcher.hpp"
#include "harness/rank_place.hpp"
#include "harness/watch/host_watch.hpp"
#include "harness/watch/phase.hpp"
#include "harness/watch/unwatched.hpp"
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
  bool optional = false;  ///< does without
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
    rows.push_back({{"name", check.name},
                    {"ok", check.ok},
                    {"optional", check.optional},
                    {"found", check.found},
                    {"remedy", check.remedy}});
  fmt::print("{}\n", nlohmann::ordered_json{{"lab", lab}, {"checks", rows}}.dump(2));
}

void print_table(bool lab, const std::vector<Check>& checks) {
  using enum TextTable::Align;
  TextTable table{{{"Needed", left}, {"State", left}, {"Found", left}}, {}};
  for (const auto& check : checks)
    table.rows.push_back({check.name, check.ok ? "ok" : check.optional ? "unused" : "missing", check.found});
  fmt::print("{}\n", table.str());
  for (const auto& check : checks)
    if (!check.remedy.empty()) fmt::print("{}: {}\n", check.name, check.remedy);
  fmt::print("{}\n", lab ? "The lab can be built on this machine." : "The lab cannot be built on this machine.");
}

int diagnose(bool json) {
  const auto permissions = probe_lab_permissions();
  std::vector<Check> checks;
  for (const auto& each : permissions.requirements)
    checks.push_back({each.name, each.met, each.found, each.remedy, each.optional});
  for (auto& check : others()) checks.push_back(std::move(check));
  json ? print_json(permissions.met(), checks) : print_table(permissions.met(), checks);
  return static_cast<int>(permissions.met() ? ExitCode::done : ExitCode::environment);
}

struct RanksToInspect {
  std::string topology, backend = "mpi", memory = "host", deadline = "60 s";
};

WatchTerms watch_terms_of(const RankPlace& place, Duration deadline) {
  WatchTerms terms{deadline, "", "longhaul-doctor.hang.json", {}, {program_path().string(), "watch-host"}, false};
  for (const int site : place.site_of_rank)
    terms.site_of_rank.push_back(place.topology.sites[static_cast<std::size_t>(site)].name);
  return terms;
}

/// What a run with this backend would work with, without its ranks having to meet.
HostFacts facts_of_rank(World& world, const RanksToInspect& what) {
  const bool nccl = what.backend == "nccl", on_gpu = nccl || what.memory == "device";
  const auto device = make_device(world, on_gpu).device;
  auto facts = rank_facts(nccl ? nccl_library_of(world) : world.library(), device.get());
  if (on_gpu && !nccl) facts["CUDA-aware MPI"] = has_gpu_support() ? "yes" : "no";
  return facts;
}

/// Hosts of a launcher's ranks, held against each other. Watched as a run is: what it is to find may hang it.
int inspect_ranks(const RanksToInspect& what) {
  const auto deadline = parse_duration(what.deadline);
  std::optional<Unwatched> unwatched;  // outlives MPI
  World world;
  unwatched.emplace(world, "finding the ranks' sites", deadline);
  const auto lab = current_lab();
  const auto place = find_rank_place(world, what.topology, lab.get(), false);
  HostWatch watch(world, watch_terms_of(place, deadline));
  unwatched.reset();
  enter(watch.progress(), Phase::preflight);
  auto terms = terms_of(place.topology, lab.get());
  terms.remote_memory = true;
  const auto rows = inspect(world, facts_of_rank(world, what), place.topology, place.site_of_rank, terms);
  if (world.rank() == 0) fmt::print("{}", preflight_text(rows));
  const bool unfit = world.any(readiness_of(rows) == Readiness::unfit);
  unwatched.emplace(world, "ending MPI", deadline);
  return static_cast<int>(unfit ? ExitCode::environment : ExitCode::done);
}

}  // namespace

void add_doctor_command(CLI::App& program, Action& action) {
  auto* doctor = program.add_subcommand("doctor", "Show what this machine has and lacks, and what to do about it");
  const auto json = std::make_shared<bool>(false);
  doctor->add_flag("--json", *json, "for scripts");
  const auto ranks = std::make_shared<RanksToInspect>();
  doctor
      ->add_option("--topology", ranks->topology,
                   "Under mpirun or srun: where the hosts are; what lies between its sites is looked at too")
      ->type_name("NAME|FILE");
  doctor
      ->add_option("--backend", ranks->backend, "Under mpirun or srun: what is to be measured; nccl: GPUs and NCCL too")
      ->check(CLI::IsMember({"mpi", "nccl", "net"}))
      ->capture_default_str();
  doctor->add_option("--memory", ranks->memory, "Under mpirun or srun, with mpi; device: GPUs too")
      ->check(CLI::IsMember({"host", "device"}))
      ->capture_default_str();
  doctor
      ->add_option("--deadline", ranks->deadline,
                   "Under mpirun or srun: a rank that has not moved for so long is told, and ends it (exit 5)")
      ->type_name("TIME")
      ->capture_default_str();
  doctor->footer(
      "Under mpirun or srun it holds all ranks' hosts against each other, as each run does before it measures.\n"
      "Examples:\n  longhaul doctor\n  srun --mpi=pmix longhaul doctor --topology my-campuses.yaml\n"
      "  srun --mpi=pmix longhaul doctor --backend nccl\n"
      "Exit codes: 0 the lab can be built here, or the ranks are fit; 4 not; 5 a rank hangs.");
  doctor->callback([json, ranks, &action] {
    action = [json, ranks] { return is_rank() ? inspect_ranks(*ranks) : diagnose(*json); };
  });
}

}  // namespace longhaul
