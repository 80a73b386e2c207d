#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "harness/cli/commands.hpp"
#include "harness/cli/plan_options.hpp"
#include "harness/launch/launcher.hpp"
#include "results/store.hpp"
#include "topologies/error.hpp"
#include "topologies/lab/task.hpp"
#include "topologies/load.hpp"
#include "topologies/netem/control.hpp"
#include "topologies/share.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

struct AgreeArguments {
  PlanOptions options;
  std::string prefix = "agree", margin = "10%", launcher;
  int hosts_per_site = 2;
  bool quiet = false;
};

constexpr const char* kAgreeFooter =
    "The net backend carries both, so that only the engine differs. Neither scales rates; what no cable has is bound "
    "by this\n"
    "machine, so give a rate where rates are to be compared. On hosts of the topology (--launcher, or in a Slurm job), "
    "as\n"
    "root and where the kernel has it, netem is the third way.\n"
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
    throw Error(static_cast<ExitCode>(code), fmt::format("'{} {}' ended with {}", command[0], command[1], code));
}

std::vector<std::string> joined(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

bool is_here(const Topology& topology) {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return site_of(topology, name).has_value();
}

/// Why netem cannot be the third way here; empty where it can.
std::string netem_obstacle(bool on_hosts) {
  if (const auto missing = netem_missing(); !missing.empty()) return missing;
  if (::geteuid() != 0) return "it needs root";
  return on_hosts ? "" : "it needs the topology's hosts: --launcher 'mpirun -np N --hostfile HOSTS'";
}

/// What starts ranks on the topology's own hosts; empty: nothing, so that ranks of this machine play its sites.
std::vector<std::string> starter_on_hosts(const std::string& launcher, const Topology& topology) {
  auto words = launcher.empty() ? srun_of_job() : split(launcher, ' ');
  std::erase(words, "");
  if (words.empty() && topology.sites.size() > 1 && is_here(topology))
    throw UsageError(
        "this host is one of topology '{}', so that all ranks started here would be in one site; say how to start them "
        "at several: --launcher 'mpirun -np N --hostfile HOSTS'",
        topology.name);
  return words;
}

/// Ranks of this host that play the sites, more than it has cores.
std::vector<std::string> starter_here(int ranks) {
  for (const auto& [name, value] : {std::pair{"OMPI_ALLOW_RUN_AS_ROOT", "1"},
                                    {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
                                    {"OMPI_MCA_rmaps_base_oversubscribe", "1"},
                                    {"OMPI_MCA_hwloc_base_binding_policy", "none"},
                                    {"OMPI_MCA_mpi_yield_when_idle", "1"}})
    ::setenv(name, value, 0);
  return own_mpirun(ranks);
}

/// The same plan through the lab's emulator, through the network plugin and, where there is one, through netem, with as
/// many ranks placed alike.
int agree(const AgreeArguments& arguments) {
  const auto plan = arguments.options.plan();
  if (plan.topology.empty()) throw UsageError("wan agree needs the sites and links: --topology NAME");
  if (!plan.wan.empty() || !plan.events.empty())
    throw UsageError("wan agree goes through each engine in turn and knows no events; leave --wan and --events out");
  const auto starter = starter_on_hosts(arguments.launcher, load_topology(plan.topology));
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
  const auto start = starter.empty() ? starter_here(read_results(lab).launches.front().ranks) : starter;
  const auto by_engine = [&](const std::string& engine, const std::string& file) {
    run_child(joined(joined(joined(start, {program, "run", "--wan", engine}), measured), {"-o", file}));
  };
  fmt::print(stderr, "longhaul: through the network plugin\n");
  by_engine("plugin", plugin);
  const auto obstacle = netem_obstacle(!starter.empty());
  if (obstacle.empty()) {
    fmt::print(stderr, "longhaul: through netem\n");
    by_engine("netem", netem);
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
  verb->add_option("--launcher", arguments->launcher,
                   "what starts ranks on the topology's hosts, for plugin and netem; else ranks of this machine play "
                   "its sites for the plugin")
      ->type_name("WORDS");
  verb->add_flag("--quiet", arguments->quiet, "No progress");
  verb->footer(kAgreeFooter);
  verb->callback([arguments, &action] { action = [arguments] { return agree(*arguments); }; });
}

}  // namespace longhaul
