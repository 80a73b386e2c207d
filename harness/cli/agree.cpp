#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "harness/cli/commands.hpp"
#include "harness/cli/plan_options.hpp"
#include "results/store.hpp"
#include "topologies/error.hpp"
#include "topologies/lab/task.hpp"
#include "topologies/load.hpp"
#include "topologies/netem/control.hpp"
#include "topologies/share.hpp"

namespace longhaul {
namespace {

struct AgreeArguments {
  PlanOptions options;
  std::string prefix = "agree", margin = "10%";
  int hosts_per_site = 2;
  bool quiet = false;
};

constexpr const char* kAgreeFooter =
    "The net backend carries both, so that only the engine differs. Neither scales rates; what no cable has is bound "
    "by this\n"
    "machine, so give a rate where rates are to be compared. On hosts of the topology, as root and where the kernel "
    "has\n"
    "it, netem is the third way.\n"
    "Example:\n"
    "  longhaul wan agree --topology two-campus-metro --collective all_reduce,all_gather --size 16B,64KiB,4MiB "
    "--wan-rtt native,+10ms,+10ms:rate=1Gbit/s --for 60s";

/// Runs a program with this one's terminal.
/// @throws Error with the program's exit code, which has said why
void run_child(const std::vector<std::string>& command) {
  const pid_t child = ::fork();
  if (child == 0) try {
      become(command);
    } catch (const Error& error) {
      fmt::print(stderr, "longhaul: {}\n", error.what());
      ::_exit(static_cast<int>(error.exit_code()));
    }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) throw EnvironmentError("cannot start {}", command.front());
  if (const int code = exit_code_of(status); code != 0)
    throw Error(ExitCode::environment, fmt::format("'{} {}' ended with {}", command[0], command[1], code));
}

std::vector<std::string> joined(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// Why netem cannot be the third way here; empty where it can.
std::string netem_obstacle(const Topology& topology) {
  if (const auto missing = netem_missing(); !missing.empty()) return missing;
  if (::geteuid() != 0) return "it needs root";
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  if (!site_of(topology, name)) return fmt::format("host '{}' is in no site of topology '{}'", name, topology.name);
  return "";
}

/// The same plan through the lab's emulator, through the network plugin and, where there is one, through netem, with as
/// many ranks placed alike.
int agree(const AgreeArguments& arguments) {
  const auto plan = arguments.options.plan();
  if (plan.topology.empty()) throw UsageError("wan agree needs the sites and links: --topology NAME");
  const auto program = program_path().string();
  const auto lab = arguments.prefix + ".lab.h5", plugin = arguments.prefix + ".plugin.h5",
             netem = arguments.prefix + ".netem.h5";
  for (const auto& file : {lab, plugin, netem})
    if (std::filesystem::exists(file)) throw UsageError("{} is there already; choose another --prefix", file);
  auto measured = joined(arguments.options.words(), {"--backend", "net", "--format", "none"});
  if (arguments.quiet) measured.emplace_back("--quiet");
  const auto hosts = std::to_string(arguments.hosts_per_site);
  fmt::print(stderr, "longhaul: through the lab's emulator\n");
  run_child(joined(joined({program, "run", "--lab", "--scale", "uncapped", "--hosts-per-site", hosts}, measured),
                   {"-o", lab}));
  const auto ranks = read_results(lab).launches.front().ranks;
  fmt::print(stderr, "longhaul: through the network plugin\n");
  ::setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);  // as the lab's own mpirun does
  ::setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
  const auto by_mpirun = [&](const std::string& engine, const std::string& file) {
    run_child(joined(joined({"mpirun", "-np", std::to_string(ranks), "--oversubscribe", "--bind-to", "none", "--mca",
                             "mpi_yield_when_idle", "1", program, "run", "--wan", engine},
                            measured),
                     {"-o", file}));
  };
  by_mpirun("plugin", plugin);
  const auto obstacle = netem_obstacle(load_topology(plan.topology));
  if (obstacle.empty()) {
    fmt::print(stderr, "longhaul: through netem\n");
    by_mpirun("netem", netem);
  } else {
    fmt::print(stderr, "longhaul: netem is left out: {}\n", obstacle);
  }
  run_child({program, "compare", lab, plugin, "--margin", arguments.margin, "--all"});
  if (obstacle.empty()) run_child({program, "compare", lab, netem, "--margin", arguments.margin, "--all"});
  return 0;
}

}  // namespace

void add_wan_agree_command(CLI::App& wan, Action& action) {
  auto* verb =
      wan.add_subcommand("agree", "Measure one plan through the lab and through the network plugin, and compare");
  const auto arguments = std::make_shared<AgreeArguments>();
  verb->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  arguments->options = add_plan_options(*verb);
  verb->add_option("--prefix", arguments->prefix,
                   "of the results files: PREFIX.lab.h5, PREFIX.plugin.h5, PREFIX.netem.h5")
      ->type_name("PREFIX")
      ->capture_default_str();
  verb->add_option("--margin", arguments->margin, "differences that do not matter")
      ->type_name("SHARE")
      ->capture_default_str();
  verb->add_option("--hosts-per-site", arguments->hosts_per_site, "of the lab; the plugin gets as many ranks")
      ->capture_default_str();
  verb->add_flag("--quiet", arguments->quiet, "No progress");
  verb->footer(kAgreeFooter);
  verb->callback([arguments, &action] { action = [arguments] { return agree(*arguments); }; });
}

}  // namespace longhaul
