#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "harness/cli/commands.hpp"
#include "harness/cli/lab_choice.hpp"
#include "harness/cli/wan_segment.hpp"
#include "harness/interrupt.hpp"
#include "topologies/error.hpp"
#include "topologies/lab/scale.hpp"
#include "topologies/load.hpp"
#include "topologies/netem/control.hpp"
#include "topologies/netem/device.hpp"
#include "topologies/netem/host.hpp"
#include "topologies/netem/journal.hpp"
#include "topologies/text_table.hpp"
#include "topologies/wan_control.hpp"
#include "topologies/wan_events.hpp"
#include "topologies/wan_setting.hpp"

namespace longhaul {
namespace {

struct WanArguments {
  std::string engine = "lab", lab, segment, topology, setting, kind, link, events, holder = "netem";
  std::string in = "0 s", protection, rate, loss, length;
  NetemOptions netem;
  bool dry_run = false, expired = false, json = false;
};

bool is_netem(const WanArguments& arguments) { return arguments.engine == "netem"; }
bool is_plugin(const WanArguments& arguments) { return arguments.engine == "plugin"; }
bool is_none(const WanArguments& arguments) { return arguments.engine == "none"; }

WanSetting one_setting(const std::string& text, const Topology& topology) {
  const auto ids = parse_wan_axis(text);
  if (ids.size() != 1) throw UsageError("expected one WAN setting, not {}", ids.size());
  return resolve_wan(ids.front(), topology);
}

/// An option and the engines that know it: any other would take no notice, and nobody would see.
struct KnownTo {
  const char* option;
  std::vector<std::string> engines;
  std::string verb{};  ///< of which it is said; empty: of all
};

void refuse_options_of_others(const CLI::App& verb, const std::string& engine) {
  static const std::vector<KnownTo> known{{"--lab", {"lab"}},
                                          {"--segment", {"plugin"}},
                                          {"--topology", {"netem", "plugin"}},
                                          {"--host", {"netem", "plugin"}},
                                          {"--device", {"netem"}},
                                          {"--holder", {"netem"}},
                                          {"--already-there", {"netem"}},
                                          {"--dry-run", {"netem"}},
                                          {"--for", {"netem"}, "apply"},
                                          {"--expired", {"netem"}}};
  for (const auto& [option, engines, only] : known) {
    const auto* const given = verb.get_option_no_throw(option);
    if (given == nullptr || given->count() == 0 || (!only.empty() && verb.get_name() != only)) continue;
    if (std::ranges::find(engines, engine) == engines.end())
      throw UsageError("{} is for --wan {}; the engine '{}' knows nothing of it", option, fmt::join(engines, " or "),
                       engine);
  }
}

// ---- show

std::string state_of(const LinkCounters& link) {
  if (link.down) return link.avoided ? "cut, routed round" : "cut";
  return link.avoided ? "routed round" : "up";
}

void show_lab(const WanArguments& arguments) {
  const auto fabric = chosen_lab(arguments.lab);
  const auto report = connect_lab(fabric)->report();
  const auto& sites = fabric.topology.sites;
  const auto scale = format_scale({fabric.scale, fabric.uncapped});
  nlohmann::json links = nlohmann::json::array();
  TextTable table{{{"Link", TextTable::Align::left},
                   {"From", TextTable::Align::left},
                   {"To", TextTable::Align::left},
                   {"Member"},
                   {"Rate"},
                   {"Delivered"},
                   {"Packets"},
                   {"Drops"},
                   {"Queue, most"},
                   {"State", TextTable::Align::left}},
                  {}};
  for (const auto& link : report.links) {
    const auto& from = sites[link.from].name;
    const auto& to = sites[link.to].name;
    links.push_back({{"link", link.link},
                     {"from", from},
                     {"to", to},
                     {"member", link.member},
                     {"rate", link.rate.value},
                     {"bytes", link.bytes},
                     {"packets", link.packets},
                     {"drops", link.drops},
                     {"queue_max", link.queue_max},
                     {"state", state_of(link)}});
    table.rows.push_back({link.link, from, to, fmt::format("{}", link.member),
                          link.rate.value > 0 ? format_bit_rate(link.rate) : "uncapped", format_bytes({link.bytes}),
                          fmt::format("{}", link.packets), fmt::format("{}", link.drops),
                          format_bytes({link.queue_max}), state_of(link)});
  }
  const auto& late = report.lateness;
  if (arguments.json) {
    fmt::print("{}\n", nlohmann::json{{"engine", "lab"},
                                      {"lab", fabric.id},
                                      {"scale", scale},
                                      {"setting", report.setting},
                                      {"steps_to_come", report.to_come},
                                      {"lateness",
                                       {{"packets", late.packets},
                                        {"p50", seconds(late.p50)},
                                        {"p99", seconds(late.p99)},
                                        {"max", seconds(late.max)}}},
                                      {"links", links}}
                           .dump(2));
    return;
  }
  fmt::print("{}: {} {} under {}, {} steps of events to come; released late by {} (p50), {} (p99) of {} packets\n\n{}",
             fabric.id, fabric.topology.name, scale, report.setting, report.to_come, format_duration(late.p50),
             format_duration(late.p99), late.packets, table.str());
}

/// What stands on a device of the journal; empty where it is gone.
std::vector<Discipline> still_standing(const JournalEntry& entry, std::string& state) {
  state = "in force";
  try {
    auto disciplines = disciplines_of(entry.device);
    if (owner_of(disciplines) == Owner::us) return disciplines;
    state = "gone (reboot?): wan clean";
  } catch (const EnvironmentError&) {
    state = "no such device: wan clean";
  }
  return {};
}

std::string lease_of(const JournalEntry& entry) {
  if (is_over(entry)) return "over: wan clean";
  if (!entry.process.empty()) return "process " + entry.process.substr(0, entry.process.find(' '));
  if (!entry.until) return "never";
  return format_duration(Duration(*entry.until - std::chrono::system_clock::now()));
}

void show_netem(const WanArguments& arguments) {
  nlohmann::json rows = nlohmann::json::array();
  TextTable table{{{"Device", TextTable::Align::left},
                   {"Site", TextTable::Align::left},
                   {"Topology", TextTable::Align::left},
                   {"Setting", TextTable::Align::left},
                   {"Since", TextTable::Align::left},
                   {"Lease ends in"},
                   {"State", TextTable::Align::left}},
                  {}};
  TextTable sent{
      {{"Device", TextTable::Align::left}, {"To", TextTable::Align::left}, {"Sent"}, {"Packets"}, {"Drops"}, {"Queue"}},
      {}};
  for (const auto& entry : read_journals()) {
    std::string state;
    const auto by_site = counters_by_site(still_standing(entry, state), entry.to.size());
    auto ways = nlohmann::json::array();
    for (std::size_t site = 0; site < by_site.size(); ++site) {
      const auto& [bytes, packets, drops, backlog] = by_site[site];
      ways.push_back(
          {{"to", entry.to[site]}, {"bytes", bytes}, {"packets", packets}, {"drops", drops}, {"queue", backlog}});
      sent.rows.push_back({entry.device, entry.to[site], format_bytes({bytes}), fmt::format("{}", packets),
                           fmt::format("{}", drops), format_bytes({backlog})});
    }
    rows.push_back({{"device", entry.device},
                    {"site", entry.site},
                    {"topology", entry.topology},
                    {"setting", entry.setting},
                    {"started", entry.started},
                    {"state", state},
                    {"ways", ways}});
    table.rows.push_back(
        {entry.device, entry.site, entry.topology, entry.setting, entry.started, lease_of(entry), state});
  }
  if (arguments.json)
    fmt::print("{}\n", rows.dump(2));
  else
    fmt::print("{}{}{}", table.str(), sent.rows.empty() ? "" : "\n", sent.rows.empty() ? "" : sent.str());
}

int show(const WanArguments& arguments) {
  if (is_none(arguments))
    fmt::print("{}\n", arguments.json ? nlohmann::json{{"engine", "none"}}.dump(2)
                                      : "none: links are taken as they are; nothing is imposed or counted");
  else if (is_plugin(arguments))
    fmt::print("{}", describe_segments(arguments.json));
  else
    is_netem(arguments) ? show_netem(arguments) : show_lab(arguments);
  return 0;
}

// ---- apply, set, clean

Topology netem_topology(const WanArguments& arguments) {
  if (arguments.topology.empty()) throw UsageError("--wan netem needs the hosts' topology: --topology NAME|FILE");
  return load_topology(arguments.topology);
}

int shape_this_host(WanArguments arguments) {
  if (arguments.holder != "netem" && arguments.holder != "tbf")
    throw UsageError("unknown holder '{}'; expected netem or tbf", arguments.holder);
  arguments.netem.holder = arguments.holder == "tbf" ? Holder::tbf : Holder::netem;
  const auto topology = netem_topology(arguments);
  const auto setting = one_setting(arguments.setting, topology);
  require_ability("netem", netem_ability(), setting, topology);
  if (arguments.dry_run)
    fmt::print("{}", dry_run(topology, setting, arguments.netem));
  else
    apply_netem(topology, setting, arguments.netem);
  return 0;
}

/// What an engine that imposes nothing cannot do.
void expect_engine(const WanArguments& arguments, const char* what) {
  if (is_none(arguments))
    throw UsageError("--wan none takes the links as they are and cannot {}; expected --wan lab, netem or plugin", what);
}

int apply(const WanArguments& arguments) {
  expect_engine(arguments, "put a setting into force");
  if (is_netem(arguments)) return shape_this_host(arguments);
  if (is_plugin(arguments)) {
    const auto ids = parse_wan_axis(arguments.setting);
    if (ids.size() != 1) throw UsageError("expected one WAN setting, not {}", ids.size());
    fmt::print("{}", apply_to_segment(arguments.segment, arguments.topology, ids.front(), arguments.netem.host));
    return 0;
  }
  const auto fabric = chosen_lab(arguments.lab);
  connect_lab(fabric)->apply(one_setting(arguments.setting, fabric.topology));
  return 0;
}

wan::Event event_of(const WanArguments& arguments, const Topology& topology) {
  wan::Event event;
  event.kind = parse_event_kind(arguments.kind);
  event.at = parse_duration(arguments.in);
  event.link = link_named(topology, arguments.link);
  if (event.kind == wan::Event::Kind::reroute) event.protection = Duration::zero();
  if (!arguments.protection.empty()) event.protection = parse_duration(arguments.protection);
  if (!arguments.rate.empty()) event.rate_share = parse_share(arguments.rate).value;
  if (!arguments.loss.empty()) event.loss = parse_share(arguments.loss).value;
  if (event.rate_share <= 0)
    throw UsageError("a link that carries nothing is cut: longhaul wan set cut {}", arguments.link);
  if (event.kind == wan::Event::Kind::brownout && arguments.rate.empty() && arguments.loss.empty())
    throw UsageError("a brownout needs --rate (share of the link's own) or --loss");
  return event;
}

std::vector<wan::Event> events_of(const WanArguments& arguments, const Topology& topology) {
  if (!arguments.events.empty()) return read_wan_events(load_wan_events(arguments.events), topology);
  if (arguments.kind.empty() || arguments.link.empty())
    throw UsageError("wan set needs what happens and to which link, as in: wan set cut a-b; or --events FILE");
  std::vector<wan::Event> events{event_of(arguments, topology)};
  if (arguments.length.empty()) return events;
  wan::Event end;
  end.at = events.front().at + parse_duration(arguments.length);
  end.link = events.front().link;
  events.push_back(end);
  return events;
}

void schedule(WanControl& control, const std::vector<wan::Event>& events, const Topology& topology) {
  control.schedule(events);
  for (const auto& event : events) fmt::print("in {}: {}\n", format_duration(event.at), describe(event, topology));
  std::fflush(stdout);
}

int set(const WanArguments& arguments) {
  expect_engine(arguments, "let anything happen to them");
  if (is_netem(arguments)) require_events("netem", netem_ability());
  if (!is_plugin(arguments)) {
    const auto fabric = chosen_lab(arguments.lab);
    schedule(*connect_lab(fabric), events_of(arguments, fabric.topology), fabric.topology);
    return 0;
  }
  // The plugin's segment has no process of its own: this one takes the events' steps.
  const auto chosen = choose_segment(arguments.segment, arguments.topology);
  catch_interrupts();
  schedule(*chosen.control, events_of(arguments, chosen.topology), chosen.topology);
  while (chosen.control->report().to_come > 0 && interrupt_signal() == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  return interrupt_signal() == 0 ? 0 : 128 + interrupt_signal();
}

int clean(const WanArguments& arguments) {
  if (is_none(arguments)) return 0;
  if (is_plugin(arguments)) {
    fmt::print("{}", clean_segments());
    return 0;
  }
  if (!is_netem(arguments)) {
    const auto fabric = chosen_lab(arguments.lab);
    connect_lab(fabric)->apply(resolve_wan("native", fabric.topology));
    return 0;
  }
  if (!arguments.expired) {
    for (const auto& device : clean_netem()) fmt::print("{}\n", device);
    return 0;
  }
  for (const auto& entry : read_journals())
    if (is_over(entry))
      for (const auto& device : clean_netem(entry.id)) fmt::print("{}\n", device);
  return 0;
}

void add_engine(CLI::App& verb, const std::shared_ptr<WanArguments>& arguments) {
  verb.add_option("--wan", arguments->engine, "engine: lab, netem, plugin; none: the links as they are")
      ->type_name("ENGINE")
      ->check(CLI::IsMember({"lab", "netem", "plugin", "none"}))
      ->capture_default_str();
  verb.add_option("--lab", arguments->lab, "which lab, where several run (longhaul lab list)")->type_name("ID");
}

/// Of the verbs that change the plugin's WAN.
void add_segment(CLI::App& verb, const std::shared_ptr<WanArguments>& arguments) {
  verb.add_option("--segment", arguments->segment, "plugin: else $LONGHAUL_NET_CONTROL, or the only one on this host")
      ->type_name("PATH");
  verb.add_option("--topology", arguments->topology, "netem, plugin: sites, hosts and links")->type_name("NAME|FILE");
}

void add_action(CLI::App& verb, const std::shared_ptr<WanArguments>& arguments, Action& action,
                int (*run)(const WanArguments&)) {
  verb.callback([&verb, arguments, &action, run] {
    refuse_options_of_others(verb, arguments->engine);
    action = [arguments, run] { return run(*arguments); };
  });
}

}  // namespace

void add_wan_command(CLI::App& program, Action& action) {
  const auto arguments = std::make_shared<WanArguments>();
  auto* verb = program.add_subcommand("wan", "Show, change, cut and restore the emulated WAN while it is in use");
  verb->require_subcommand(1);
  verb->footer("Example: longhaul wan set cut north-east --protection 50ms");

  auto* shown = verb->add_subcommand("show", "What is in force, and what it really did");
  add_engine(*shown, arguments);
  shown->add_flag("--json", arguments->json, "for scripts");
  shown->footer("Example: longhaul wan show --json");
  add_action(*shown, arguments, action, &show);

  auto* applied = verb->add_subcommand("apply", "Put a WAN setting into force; ends all events");
  add_engine(*applied, arguments);
  applied
      ->add_option("setting", arguments->setting, "native, +10ms, x2, 20ms, each with :jitter= :loss= :rate= :queue=")
      ->required();
  add_segment(*applied, arguments);
  applied->add_option("--host", arguments->netem.host, "netem, plugin: whose part to shape; this machine's name")
      ->type_name("NAME");
  applied->add_option("--device", arguments->netem.device, "netem: else the route's to each site")->type_name("NAME");
  applied->add_option("--for", arguments->netem.lease, "netem: taken away by itself after that time")
      ->type_name("TIME");
  applied->add_option("--holder", arguments->holder, "netem: netem, or tbf (rates only, for kernels without it)")
      ->type_name("KIND")
      ->capture_default_str();
  applied->add_flag("--already-there", arguments->netem.already_there,
                    "netem: hosts are as far apart as the topology says; add only what goes beyond");
  applied->add_flag("--dry-run", arguments->dry_run, "netem: print the commands and run none");
  applied->footer(
      "Examples: longhaul wan apply +10ms:loss=0.1%\n"
      "          sudo longhaul wan apply 20ms --wan netem --topology mine.yaml --for 2h\n"
      "          eval \"$(longhaul wan apply +10ms --wan plugin --topology mine.yaml)\"");
  add_action(*applied, arguments, action, &apply);

  auto* changed = verb->add_subcommand("set", "Let something happen to a link: cut, restore, brownout, reroute");
  add_engine(*changed, arguments);
  add_segment(*changed, arguments);
  changed->add_option("event", arguments->kind, "cut, restore, brownout, reroute");
  changed->add_option("link", arguments->link, "name of the link (longhaul topology show)");
  changed->add_option("--events", arguments->events, "a file of events instead, from now on")->type_name("FILE");
  changed->add_option("--in", arguments->in, "so long from now")->type_name("TIME")->capture_default_str();
  changed->add_option("--for", arguments->length, "restored after that time")->type_name("TIME");
  changed->add_option("--protection", arguments->protection, "cut, reroute: from then until routes avoid the link")
      ->type_name("TIME");
  changed->add_option("--rate", arguments->rate, "brownout: share of its own that is left")->type_name("SHARE");
  changed->add_option("--loss", arguments->loss, "brownout: share of packets lost")->type_name("SHARE");
  changed->footer("Example: longhaul wan set brownout north-south --rate 10% --loss 1% --for 30s");
  add_action(*changed, arguments, action, &set);

  auto* cleaned =
      verb->add_subcommand("clean", "Back to native; netem, plugin: take away what is left, also after a crash");
  add_engine(*cleaned, arguments);
  cleaned->add_flag("--expired", arguments->expired, "netem: only what outlived its lease or its run");
  cleaned->footer("Example: sudo longhaul wan clean --wan netem");
  add_action(*cleaned, arguments, action, &clean);

  add_wan_agree_command(*verb, action);
}

}  // namespace longhaul
