#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/cli/commands.hpp"
#include "harness/cli/lab_choice.hpp"
#include "harness/launch/mpirun.hpp"
#include "harness/launch/slurm.hpp"
#include "topologies/error.hpp"
#include "topologies/host_pattern.hpp"
#include "topologies/lab/lab.hpp"
#include "topologies/lab/scale.hpp"
#include "topologies/load.hpp"
#include "topologies/physics.hpp"
#include "topologies/share.hpp"
#include "topologies/text_table.hpp"
#include "topologies/wan_setting.hpp"

namespace longhaul {
namespace {

struct LabArguments {
  std::string topology;
  LabOptions lab;
  std::string wan_rtt = "native";
  bool slurm = false;
  bool quiet = false;
  bool json = false;
  std::string id, host;
  std::vector<std::string> command;
};

Scale scale_of(const LabFabric& fabric) { return {fabric.scale, fabric.uncapped}; }

std::string hosts_line(const LabFabric& fabric) {
  std::vector<std::string> sites;
  for (const auto& site : fabric.topology.sites) {
    std::vector<std::string> names;
    for (const auto& host : fabric.hosts)
      if (host.site == site.name) names.push_back(host.name);
    sites.push_back(fmt::format("{}: {}", site.name, collapse_hosts(names)));
  }
  return fmt::format("{}", fmt::join(sites, " · "));
}

/// Each pair's round trip where they are few, else the shortest and the longest.
std::string rtt_line(const LabFabric& fabric, const WanSetting& setting) {
  constexpr std::size_t kFew = 3;
  std::vector<std::string> pairs;
  for (const auto& pair : setting.pairs)
    pairs.push_back(fmt::format("{}–{} {}", fabric.topology.sites[pair.a].name, fabric.topology.sites[pair.b].name,
                                format_duration(pair.rtt)));
  if (pairs.size() <= kFew) return fmt::format("{}", fmt::join(pairs, " · "));
  const auto [least, most] =
      std::minmax_element(setting.pairs.begin(), setting.pairs.end(),
                          [](const PairWan& one, const PairWan& other) { return one.rtt < other.rtt; });
  return fmt::format("{} to {} over {} pairs", format_duration(least->rtt), format_duration(most->rtt), pairs.size());
}

std::string rate_words(const Members& members, const Scale& scale) {
  const auto rate = scaled(members.rate, scale);
  const auto each = rate.value > 0 ? format_bit_rate(rate) : std::string("uncapped");
  return members.count == 1 ? each : fmt::format("{} × {}", members.count, each);
}

std::string links_line(const LabFabric& fabric) {
  constexpr std::size_t kFew = 3;
  const auto& links = fabric.topology.links;
  if (links.size() > kFew) return fmt::format("{} links", links.size());
  std::vector<std::string> words;
  for (const auto& link : links)
    words.push_back(fmt::format("{} {}", link.name, rate_words(link.members, scale_of(fabric))));
  return fmt::format("{}", fmt::join(words, " · "));
}

void print_banner(const LabFabric& fabric, const WanSetting& setting, bool slurm) {
  fmt::print(stderr, "{}: {} {} · {} hosts, {} sites · {}\n", fabric.id, fabric.topology.name,
             format_scale(scale_of(fabric)), fabric.hosts.size(), fabric.topology.sites.size(),
             fabric.congestion_control);
  fmt::print(stderr, "  hosts  {}\n", hosts_line(fabric));
  if (!setting.pairs.empty()) {
    fmt::print(stderr, "  RTT    {}\n", rtt_line(fabric, setting));
    fmt::print(stderr, "  links  {}\n", links_line(fabric));
  }
  if (slurm) fmt::print(stderr, "  Slurm  partition all, and one a site; sbatch, srun, squeue, sinfo\n");
}

int bring_up(const LabArguments& arguments) {
  if (arguments.topology.empty()) throw UsageError("lab needs --topology NAME; see them with: longhaul topology list");
  if (arguments.command.empty())
    throw UsageError("lab needs a command: longhaul lab --topology {} -- COMMAND", arguments.topology);
  auto options = arguments.lab;
  options.topology = load_topology(arguments.topology);
  const auto ids = parse_wan_axis(arguments.wan_rtt);
  if (ids.size() != 1) throw UsageError("--wan-rtt of a lab takes one setting, not {}", ids.size());
  const auto setting = resolve_wan(ids.front(), options.topology);
  if (arguments.slurm) require_slurm();
  const auto prepare = [&](const LabFabric& fabric) {
    connect_lab(fabric)->apply(setting);
    auto variables = prepare_mpirun(fabric, program_path());
    if (arguments.slurm) variables.merge(prepare_slurm(fabric));
    if (!arguments.quiet) print_banner(fabric, setting, arguments.slurm);
    return variables;
  };
  return run_lab(options, prepare, arguments.command);
}

int exec(const LabArguments& arguments) {
  if (!arguments.id.empty()) return visit_lab_host(chosen_lab(arguments.id), arguments.host, arguments.command);
  const auto lab = current_lab();
  if (!lab)
    throw UsageError(
        "lab exec works inside a lab; from outside, say which: longhaul lab exec --lab ID HOST -- COMMAND");
  enter_lab_host(*lab, arguments.host, arguments.command);
}

int clean() {
  for (const auto& folder : clean_labs()) fmt::print("{}\n", folder);
  return 0;
}

int list(const LabArguments& arguments) {
  nlohmann::json rows = nlohmann::json::array();
  TextTable table{
      {{"Lab", TextTable::Align::left}, {"Topology", TextTable::Align::left}, {"Scale"}, {"Sites"}, {"Hosts"}}, {}};
  for (const auto& lab : running_labs()) {
    const auto scale = format_scale(scale_of(lab));
    rows.push_back({{"id", lab.id},
                    {"folder", lab.folder.string()},
                    {"topology", lab.topology.name},
                    {"scale", scale},
                    {"gateway", lab.gateway},
                    {"sites", lab.topology.sites.size()},
                    {"hosts", lab.hosts.size()}});
    table.rows.push_back({lab.id, lab.topology.name, scale, fmt::format("{}", lab.topology.sites.size()),
                          fmt::format("{}", lab.hosts.size())});
  }
  fmt::print("{}", arguments.json ? rows.dump(2) + "\n" : table.str());
  return 0;
}

}  // namespace

void add_lab_command(CLI::App& program, Action& action) {
  const auto arguments = std::make_shared<LabArguments>();
  auto* lab = program.add_subcommand("lab", "Emulate a topology on this machine and run a command inside it");
  lab->add_option("--topology", arguments->topology, "name in the catalogue, or a file");
  lab->add_option("--hosts-per-site", arguments->lab.hosts_per_site, "the first N hosts of each site")
      ->capture_default_str();
  lab->add_option("--slots", arguments->lab.slots, "ranks a host carries")->capture_default_str();
  lab->add_option("--scale", arguments->lab.scale, "auto, 1:N or uncapped: what rates are divided by; delays never are")
      ->capture_default_str();
  lab->add_option("--congestion-control", arguments->lab.congestion_control, "of TCP in all hosts")
      ->capture_default_str();
  lab->add_option("--gateway", arguments->lab.gateway,
                  "where packets between sites wait: auto, queue (in the kernel, not copied) or tun")
      ->capture_default_str();
  lab->add_option("--fault", arguments->lab.faults,
                  "planted to be found: nic:HOST=80%, link:NAME=+30ms, member:NAME/2=dead; comma-separated")
      ->type_name("LIST");
  lab->add_option("--wan-rtt", arguments->wan_rtt, "one WAN setting: native, +TIME, xFACTOR, TIME or SITE-SITE=TIME")
      ->capture_default_str();
  lab->add_flag("--slurm", arguments->slurm,
                "with a Slurm cluster of its hosts: sbatch, srun --mpi=pmix, --gres=gpu:N");
  lab->add_flag("--quiet", arguments->quiet, "no banner");
  lab->add_option("command", arguments->command, "runs in the first host, its exit code is passed on");
  lab->footer(
      "Example: longhaul lab --topology two-campus-metro -- mpirun ./anything\n"
      "         longhaul lab --slurm --topology two-campus-metro -- sbatch --wait job.sh\n"
      "The command's ranks spread over all hosts; the lab ends with it. Exit 4 where the machine may not build a lab\n"
      "(longhaul doctor says why).");
  lab->callback([lab, arguments, &action] {
    if (lab->get_subcommands().empty()) action = [arguments] { return bring_up(*arguments); };
  });

  auto* enter = lab->add_subcommand("exec", "Run a command in one host of a running lab");
  enter->add_option("--lab", arguments->id, "which lab, from outside it (longhaul lab list)");
  enter->add_option("host", arguments->host, "name of the host")->required();
  enter->add_option("command", arguments->command, "what to run there")->required();
  enter->footer("Example: longhaul lab exec --lab lab-Ab12Cd metro-b01 -- ip addr");
  enter->callback([arguments, &action] { action = [arguments] { return exec(*arguments); }; });

  auto* tidy = lab->add_subcommand("clean", "Remove what killed labs left behind; prints the folders it removed");
  tidy->footer("Example: longhaul lab clean");
  tidy->callback([&action] { action = clean; });

  auto* show = lab->add_subcommand("list", "Show this user's running labs");
  show->add_flag("--json", arguments->json, "for scripts");
  show->footer("Example: longhaul lab list --json");
  show->callback([arguments, &action] { action = [arguments] { return list(*arguments); }; });
}

}  // namespace longhaul
