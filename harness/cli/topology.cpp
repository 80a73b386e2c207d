#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "harness/cli/commands.hpp"
#include "topologies/description.hpp"
#include "topologies/error.hpp"
#include "topologies/host_pattern.hpp"
#include "topologies/load.hpp"
#include "topologies/nearest.hpp"
#include "topologies/physics.hpp"
#include "topologies/text_table.hpp"

namespace longhaul {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string topology;
  bool json = false;
};

/// Of the terminal that stdout is; 80 for a pipe or a file, so that what is kept does not depend on a window.
std::size_t terminal_columns() {
  winsize window{};
  const bool known = isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0;
  return known ? window.ws_col : 80;
}

void print(const Json& json) { fmt::print("{}\n", json.dump(2)); }

/// The longest round trip between any two sites; zero where there is one.
Duration longest_rtt(const Topology& topology) {
  Duration longest{};
  for (const auto& path : all_paths(topology)) longest = std::max(longest, path.rtt());
  return longest;
}

Json overview(const Topology& topology) {
  return {{"name", topology.name},
          {"title", topology.title},
          {"sites", topology.sites.size()},
          {"hosts", host_count(topology)},
          {"gpus", gpu_count(topology)},
          {"links", topology.links.size()},
          {"longest_rtt_s", seconds(longest_rtt(topology))}};
}

Json site_json(const Site& site) {
  return {{"name", site.name},
          {"hosts", collapse_hosts(site.hosts)},
          {"host_count", site.hosts.size()},
          {"gpus_per_host", site.gpus_per_host},
          {"fabric", site.fabric.technology},
          {"host_rate_bit_per_s", bits_per_second(site.fabric.host_rate)}};
}

Json link_json(const Link& link, const Topology& topology) {
  Json json{{"name", link.name}, {"between", {topology.sites[link.a].name, topology.sites[link.b].name}}};
  if (!link.plain_rtt) {
    json["medium"] = link.medium == Medium::hollow_core ? "hollow_core" : "smf";
    json["length_km"] = link.length.value;
    json["equipment_latency_s"] = seconds(link.equipment_latency);
  }
  json["one_way_s"] = seconds(one_way_delay(link));
  json["members"] = link.members.count;
  json["member_rate_bit_per_s"] = bits_per_second(link.members.rate);
  json["hash"] = link.hash == MemberHash::same ? "same" : "independent";
  json["jitter_s"] = seconds(link.jitter);
  json["loss"] = link.loss.value;
  return json;
}

Json path_json(const Path& path, const Topology& topology) {
  Json links = Json::array();
  for (const auto index : path.links) links.push_back(topology.links[index].name);
  return {{"from", topology.sites[path.from].name},
          {"to", topology.sites[path.to].name},
          {"links", links},
          {"length_km", path.length.value},
          {"one_way_s", seconds(path.one_way)},
          {"rtt_s", seconds(path.rtt())},
          {"bottleneck_bit_per_s", bits_per_second(path.bottleneck)},
          {"bdp_bytes", bandwidth_delay_product(path.bottleneck, path.rtt()).count}};
}

Json topology_json(const Topology& topology) {
  Json json{{"name", topology.name}, {"title", topology.title}, {"source", topology.source}};
  for (const auto* key : {"sites", "links", "paths"}) json[key] = Json::array();
  for (const auto& site : topology.sites) json["sites"].push_back(site_json(site));
  for (const auto& link : topology.links) json["links"].push_back(link_json(link, topology));
  for (const auto& path : all_paths(topology)) json["paths"].push_back(path_json(path, topology));
  return json;
}

int list(const Options& options) {
  Json rows = Json::array();
  TextTable table{
      {{"Name", TextTable::Align::left}, {"Sites"}, {"Hosts"}, {"RTT ms"}, {"Title", TextTable::Align::left}}, {}};
  for (const auto& name : catalogue_names()) {
    const auto topology = load_topology(name);
    rows.push_back(overview(topology));
    const auto rtt = longest_rtt(topology);
    table.rows.push_back({topology.name, fmt::format("{}", topology.sites.size()),
                          fmt::format("{}", host_count(topology)),
                          rtt == Duration::zero() ? "–" : format_significant(seconds(rtt) * 1e3), topology.title});
  }
  if (options.json)
    print(rows);
  else
    fmt::print("{}", table.str());
  return 0;
}

int show(const Options& options) {
  const auto topology = load_topology(options.topology);
  if (options.json)
    print(topology_json(topology));
  else
    fmt::print("{}", describe(topology, terminal_columns()));
  return 0;
}

int check(const Options& options) {
  const auto topology = load_topology(options.topology);
  fmt::print("{}: good: {}\n", topology.source, summary(topology));
  return 0;
}

/// The parser itself would say of `topology lst` or `topology show --jsn` that an argument was not expected.
void refuse_strays(const CLI::App& command) {
  const auto chosen = command.get_subcommands();
  const auto words = command.remaining(true);
  if (!chosen.empty() && words.empty()) return;
  std::vector<std::string> known;
  if (chosen.empty())
    for (const auto* verb : command.get_subcommands({})) known.push_back(verb->get_name());
  else
    for (const auto* option : chosen.front()->get_options({})) known.push_back(option->get_name());
  const auto where = chosen.empty() ? "topology" : "topology " + chosen.front()->get_name();
  if (words.empty()) throw UsageError("{}: nothing to do; expected one of {}", where, fmt::join(known, ", "));
  throw UsageError("{}: unknown '{}'; {}expected one of {}", where, words.front(), did_you_mean(words.front(), known),
                   fmt::join(known, ", "));
}

}  // namespace

void add_topology_command(CLI::App& program, Action& action) {
  auto* command = program.add_subcommand("topology", "Look at places: the catalogue, one topology, a file of your own");
  command->require_subcommand(0, 1)->allow_extras();
  command->footer("Example: longhaul topology show two-campus-metro\nThe file's reference: docs/topologies.md");
  command->callback([command] { refuse_strays(*command); });

  const auto options = std::make_shared<Options>();
  auto* list_command = command->add_subcommand(
      "list", "The topologies that come with the program, with the longest RTT between two sites of each");
  list_command->add_flag("--json", options->json, "Print JSON: seconds, counts");
  list_command->footer("Example: longhaul topology list --json");
  list_command->callback([&action, options] { action = [options] { return list(*options); }; });

  auto* show_command =
      command->add_subcommand("show", "Draw sites and links; path, delay, RTT, rate and BDP of each pair");
  show_command->add_option("TOPOLOGY", options->topology, "A name of the catalogue, or a file")->required();
  show_command->add_flag("--json", options->json, "Print JSON: seconds, bit/s, bytes, km");
  show_command->footer("Example: longhaul topology show three-campus-mesh");
  show_command->callback([&action, options] { action = [options] { return show(*options); }; });

  auto* check_command = command->add_subcommand("check", "Read a file and name its first fault by line and column");
  check_command->add_option("FILE", options->topology, "A topology in YAML")->required();
  check_command->footer("Example: longhaul topology check mine.yaml");
  check_command->callback([&action, options] { action = [options] { return check(*options); }; });
}

}  // namespace longhaul
