#include "harness/run.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>

#include "harness/cli/commands.hpp"
#include "harness/cli/launches.hpp"
#include "harness/cli/plan_options.hpp"
#include "harness/cli/print_results.hpp"
#include "harness/interrupt.hpp"
#include "harness/launch/launcher.hpp"
#include "harness/launch/mpirun.hpp"
#include "harness/pattern.hpp"
#include "harness/provenance.hpp"
#include "harness/reporter.hpp"
#include "harness/soak.hpp"
#include "results/store.hpp"
#include "topologies/error.hpp"
#include "topologies/load.hpp"
#include "topologies/share.hpp"
#include "topologies/text.hpp"
#include "topologies/text_file.hpp"
#include "topologies/wan_events.hpp"
#include "topologies/wan_setting.hpp"
#include "topologies/yaml.hpp"

namespace longhaul {
namespace {

/// Flags as given; an empty one leaves the plan file's value, or the default.
struct RunFlags {
  std::string plan_file, topology, collective, pattern, algorithm, type, reduce_op, in_place, mode, size, wan_rtt;
  std::string backend, memory, nccl, load;
  std::string time_limit, visit_time, precision, confidence;
  std::optional<int> launches, rounds, min_samples, max_samples, hosts_per_site, slots;
  std::optional<std::uint64_t> seed;
  std::string scale, congestion_control, gateway, fault;
  std::string file = "longhaul.h5", format = "table", deadline = "120 s";
  std::string spec, accept, baseline, launcher, only, shard;
  std::string wan, events;
  std::string net_plugin, net_buffer, net_ring, net_completion;
  std::optional<int> net_channels, net_sockets;
  bool lab = false, resume = false, quiet = false, force = false, until_decided = false;
  int columns = 0;
};

constexpr const char* kExamples = R"(Examples:
  longhaul run --lab --topology two-campus-metro --collective all_reduce --size 16B:16MiB:x16 --wan-rtt native,+10ms -o out.h5
  longhaul run --lab --plan quickstart -o out.h5
  longhaul run --lab --topology three-campus-mesh --collective all_reduce --size 4MiB --for 60s --events cuts.yaml -o soak.h5
  mpirun -np 4 longhaul run --collective all_reduce,all_gather --mode throughput -o out.h5
  mpirun -np 4 longhaul run --backend net --wan plugin --topology two-campus-metro --wan-rtt native,+10ms -o net.h5
  srun --mpi=pmix longhaul run --backend nccl --nccl default,graph,max_ctas=8 --collective all_reduce -o gpu.h5
  srun --mpi=pmix longhaul run --topology my-campuses.yaml --pattern pairwise -o pairs.h5
  srun --mpi=pmix longhaul run --topology my-campuses.yaml --algorithm flat,hierarchical --for 30min -o out.h5 --resume)";

void add_axes(CLI::App& verb, RunFlags& flags) {
  verb.add_option("--plan", flags.plan_file,
                  "Plan file, or the name of one that comes with the program; flags override it")
      ->type_name("FILE");
  verb.add_option("--topology", flags.topology, "Sites and links: a catalogue name or a YAML file")
      ->type_name("NAME|FILE");
  verb.add_option("--collective", flags.collective,
                  "all_reduce, all_gather, reduce_scatter, broadcast, reduce, all_to_all, send_recv; comma-separated")
      ->type_name("LIST");
  verb.add_option("--pattern", flags.pattern,
                  "Pairs of ranks instead of collectives, over any backend: pairwise (together and alone), "
                  "pairwise-together, pairwise-alone, bisection, ring-neighbours")
      ->type_name("LIST");
  verb.add_option("--algorithm", flags.algorithm, "flat, hierarchical; default flat")->type_name("LIST");
  verb.add_option("--size", flags.size, "max(send, receive) bytes of a rank: 16B:64MiB:x4 (the default), or a list")
      ->type_name("SIZES");
  verb.add_option(
          "--type", flags.type,
          "int8, uint8, int32, uint32, int64, uint64, float16, bfloat16, float8_e4m3, float8_e5m2, float32, float64")
      ->type_name("LIST");
  verb.add_option("--reduce-op", flags.reduce_op, "sum, prod, min, max, avg; default sum")->type_name("LIST");
  verb.add_option("--in-place", flags.in_place, "false, true, or false,true; alone: true")
      ->type_name("LIST")
      ->expected(0, 1);
  verb.add_option("--mode", flags.mode,
                  "latency (one collective a sample; the default), throughput (back to back); with --events soak")
      ->type_name("LIST");
  verb.add_option("--backend", flags.backend, "mpi, nccl, net (rings over a network plugin); default mpi")
      ->type_name("NAME");
  verb.add_option("--memory", flags.memory, "host, device (GPU), auto: what the backend wants")->type_name("PLACE");
  verb.add_option("--nccl", flags.nccl,
                  "With --backend nccl and without --pattern: default, or graph, register, window, nonblocking, "
                  "min_ctas=N, max_ctas=N, traffic_class=N, net=NAME, algo=NAME, proto=NAME, NCCL_VARIABLE=VALUE (a "
                  "launch of its own) joined by +; comma-separated")
      ->type_name("LIST");
  verb.add_option("--load", flags.load,
                  "Compute beside each collective: none, or multiply-adds an element (8: memory, 1000: arithmetic); "
                  "comma-separated")
      ->type_name("LIST");
  verb.add_option("--wan-rtt", flags.wan_rtt,
                  "native, +10ms, x2, 20ms, a-b=10ms, each with :jitter=TIME :loss=SHARE :rate=RATE :queue=TIME; "
                  "comma-separated; default native")
      ->type_name("LIST");
  verb.add_option("--wan", flags.wan, "What imposes it: lab, netem, plugin, none; else the lab there is")
      ->type_name("ENGINE");
  verb.add_option("--events", flags.events,
                  "Soak: run one collective after another for --for, while this file's events happen to the links")
      ->type_name("FILE");
}

void add_effort(CLI::App& verb, RunFlags& flags) {
  verb.add_option(
      "--launches", flags.launches,
      "Fresh starts of all ranks, those already in the file included; default 1. Each NCCL environment of --nccl "
      "has so many");
  verb.add_option("--rounds", flags.rounds, "Visits of a point in a launch, at most; default 5");
  verb.add_option("--min-samples", flags.min_samples, "Samples of a visit, at least; default 3");
  verb.add_option("--max-samples", flags.max_samples, "Samples of a visit, at most; default 200");
  verb.add_option("--visit-time", flags.visit_time,
                  "Time a visit's samples may take; default 500ms, or the fair share of --for")
      ->type_name("TIME");
  verb.add_option("--for", flags.time_limit, "Time the whole run may take: 90s, 30min")->type_name("TIME");
  verb.add_option("--precision", flags.precision, "Half-width of the median's interval that ends a point; default 5%")
      ->type_name("SHARE");
  verb.add_option("--confidence", flags.confidence, "Of that interval; default 95%")->type_name("SHARE");
  verb.add_option("--seed", flags.seed, "Of the order of visits; default 1");
  verb.add_option("--deadline", flags.deadline, "A collective that takes longer has hung (exit 5)")
      ->type_name("TIME")
      ->capture_default_str();
}

void add_decision(CLI::App& verb, RunFlags& flags) {
  verb.add_flag("--until-decided", flags.until_decided,
                "Then visit what --spec leaves undecided, within --for; exit code as of gate. Starts the ranks itself: "
                "with --lab, or in a Slurm job");
  verb.add_option("--spec", flags.spec, "With --until-decided: the acceptance specification")->type_name("FILE");
  verb.add_option("--accept", flags.accept, "With --until-decided: as of gate")->type_name("LIST");
  verb.add_option("--baseline", flags.baseline, "With --until-decided: as of gate")->type_name("GOLDEN");
  verb.add_option("--launcher", flags.launcher,
                  "With --until-decided: what starts the ranks elsewhere, such as 'mpirun -np 16 --hostfile hosts'")
      ->type_name("WORDS");
  verb.add_option("--only", flags.only)->group("");  // a file of keys: what a further launch is to visit
}

void add_output(CLI::App& verb, RunFlags& flags) {
  verb.add_option("-o,--output", flags.file, "Results file (HDF5)")->type_name("FILE")->capture_default_str();
  verb.add_option("--shard", flags.shard,
                  "Only the K-th of N shares of the points: K/N; join the files by convert --merge")
      ->type_name("K/N");
  verb.add_flag("--resume", flags.resume, "Go on with a results file where it stands");
}

void add_manner(CLI::App& verb, RunFlags& flags) {
  verb.add_option("--format", flags.format, "What to print at the end: table, nccl-tests, json, csv, none")
      ->check(CLI::IsMember({"table", "nccl-tests", "json", "csv", "none"}))
      ->type_name("FORMAT")
      ->capture_default_str();
  verb.add_flag("--force", flags.force, "Measure even where the preflight finds the ranks unfit");
  verb.add_flag("--quiet", flags.quiet, "No progress");
}

void add_lab(CLI::App& verb, RunFlags& flags) {
  verb.add_flag("--lab", flags.lab, "Emulate the topology on this machine and run in it");
  verb.add_option("--hosts-per-site", flags.hosts_per_site, "With --lab: hosts of each site");
  verb.add_option("--slots", flags.slots, "With --lab: ranks of each host");
  verb.add_option("--scale", flags.scale, "With --lab: auto, 1:N or uncapped")->type_name("SCALE");
  verb.add_option("--congestion-control", flags.congestion_control, "With --lab: cubic, bbr, reno")->type_name("NAME");
  verb.add_option("--gateway", flags.gateway, "With --lab: where packets between sites wait: auto, queue or tun")
      ->type_name("NAME");
  verb.add_option("--fault", flags.fault,
                  "With --lab: planted to be found: nic:HOST=80%, link:NAME=+30ms, member:NAME/2=dead")
      ->type_name("LIST");
}

void add_net(CLI::App& verb, RunFlags& flags) {
  verb.add_option("--net-plugin", flags.net_plugin,
                  "With --backend net: an NCCL network plugin, by file or name; else our own")
      ->type_name("FILE|NAME");
  verb.add_option("--net-channels", flags.net_channels, "With --backend net: rings, as NCCL's channels");
  verb.add_option("--net-buffer", flags.net_buffer, "With --backend net: of a channel's connection, as NCCL_BUFFSIZE")
      ->type_name("SIZE");
  verb.add_option("--net-ring", flags.net_ring, "With --backend net: order of the ranks, such as 0-2-1-3")
      ->type_name("RANKS");
  verb.add_option("--net-completion", flags.net_completion,
                  "With --wan plugin: a send is over when buffered (socket) or acknowledged (rdma)")
      ->type_name("NAME");
  verb.add_option("--net-sockets", flags.net_sockets, "With --wan plugin: TCP sockets of a connection");
}

template <class Value, class Parse>
void set(Value& value, const std::string& text, Parse parse) {
  if (!text.empty()) value = parse(text);
}
template <class Value>
void set(Value& value, const std::optional<Value>& given) {
  if (given) value = *given;
}

bool parse_bool(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  throw UsageError("bad --in-place '{}'; expected true, false or false,true", text);
}

/// One visit a point, as long as --for says, of collectives one by one.
void make_soak(Plan& plan) {
  if (plan.time_limit > Duration{0}) plan.visit_time = plan.time_limit;
  if (plan.visit_time <= Duration{0}) throw UsageError("events need the length of the soak: --for TIME");
  plan.mode = {Mode::soak};
  plan.launches = plan.rounds = 1;
  plan.time_limit = Duration{0};
}

Plan plan_of(const RunFlags& flags) {
  Plan plan;
  if (!flags.plan_file.empty())
    plan = load_plan(flags.plan_file);
  else
    plan.size = parse_sizes(flags.pattern.empty() ? default_sizes() : default_pattern_sizes());
  const auto list_of = [](auto parse) {
    return [parse](const std::string& text) {
      return parse_list(text, [parse](std::string_view word) { return parse(word); });
    };
  };
  if (!flags.topology.empty()) plan.topology = flags.topology;
  if (!flags.backend.empty()) plan.backend = flags.backend;
  if (!flags.memory.empty()) plan.memory = flags.memory;
  set(plan.nccl, flags.nccl, list_of([](std::string_view word) { return std::string(word); }));
  set(plan.load, flags.load, list_of(parse_load));
  if (!flags.pattern.empty() && !flags.collective.empty())
    throw UsageError("--pattern {} measures pairs instead of collectives; leave --collective out", flags.pattern);
  set(plan.pattern, flags.pattern, list_of([](std::string_view word) { return std::string(word); }));
  set(plan.collective, flags.collective, list_of(parse_operation));
  set(plan.algorithm, flags.algorithm, list_of(parse_algorithm));
  set(plan.type, flags.type, list_of(parse_data_type));
  set(plan.reduce_op, flags.reduce_op, list_of(parse_reduce_op));
  set(plan.in_place, flags.in_place, list_of(parse_bool));
  set(plan.mode, flags.mode, list_of(parse_mode));
  set(plan.size, flags.size, parse_sizes);
  set(plan.wan_rtt, flags.wan_rtt, parse_wan_axis);
  const auto time = [](const std::string& text) { return parse_duration(text); };
  set(plan.visit_time, flags.visit_time, time);
  set(plan.time_limit, flags.time_limit, time);
  const auto share = [](const std::string& text) { return parse_share(text).value; };
  set(plan.precision, flags.precision, share);
  set(plan.confidence, flags.confidence, share);
  set(plan.launches, flags.launches);
  set(plan.rounds, flags.rounds);
  set(plan.min_samples, flags.min_samples);
  set(plan.max_samples, flags.max_samples);
  set(plan.seed, flags.seed);
  if (!flags.net_plugin.empty()) plan.net.plugin = flags.net_plugin;
  if (!flags.net_ring.empty()) plan.net.ring = flags.net_ring;
  if (!flags.net_completion.empty()) plan.net.completion = flags.net_completion;
  set(plan.net.channels, flags.net_channels);
  set(plan.net.sockets, flags.net_sockets);
  set(plan.net.buffer, flags.net_buffer, [](const std::string& text) { return parse_bytes(text); });
  set(plan.lab.hosts_per_site, flags.hosts_per_site);
  set(plan.lab.slots, flags.slots);
  if (!flags.scale.empty()) plan.lab.scale = flags.scale;
  if (!flags.congestion_control.empty()) plan.lab.congestion_control = flags.congestion_control;
  if (!flags.gateway.empty()) plan.lab.gateway = flags.gateway;
  set(plan.shard, flags.shard, parse_shard);
  if (!flags.fault.empty()) plan.lab.faults = flags.fault;
  if (!flags.only.empty()) {
    plan.only = split(read_text_file(flags.only, kLargestYaml), '\n');
    std::erase(plan.only, "");
  }
  if (!flags.wan.empty()) plan.wan = flags.wan;
  if (!flags.events.empty()) plan.events = load_wan_events(flags.events);
  if (!plan.events.empty() && !flags.mode.empty() && plan.mode != std::vector{Mode::soak})
    throw UsageError("--mode {}: a run with events measures in mode soak; leave --mode out", flags.mode);
  if (!plan.events.empty()) make_soak(plan);
  if (!plan.events.empty() && !plan.topology.empty()) events_of(plan, load_topology(plan.topology));
  check(plan);
  return plan;
}

std::vector<std::string> own_command() {
  auto words = command_line();
  words.front() = program_path().string();
  return words;
}

/// As a rank, or all alone on one host.
int run_here(const RunFlags& flags) {
  RunOptions options;
  options.file = flags.file;
  options.resume = flags.resume;
  options.quiet = flags.quiet;
  options.force = flags.force;
  options.columns = flags.columns > 0 ? flags.columns : terminal_columns();
  options.deadline = parse_duration(flags.deadline);
  options.command = own_command();
  options.finished = [&flags] { print_results(flags.file, flags.format); };
  return run_ranks(options, [&flags] { return plan_of(flags); });
}

/// By what each launch is started: by what was given, the lab's mpirun, or the Slurm job's srun; empty: by nothing.
std::vector<std::string> starter_of(const RunFlags& flags) {
  if (!flags.launcher.empty()) {
    auto words = split(flags.launcher, ' ');
    std::erase(words, "");
    return words;
  }
  if (const auto lab = current_lab()) return mpirun_over(*lab);
  return flags.until_decided ? srun_of_job() : std::vector<std::string>{};
}

DecisionRules rules_of(const RunFlags& flags) {
  DecisionRules rules{load_acceptance(shared_file("specification", "acceptance", flags.spec).string()),
                      acceptable_kinds_in(flags.accept),
                      {}};
  if (!flags.baseline.empty()) rules.baseline = read_results(flags.baseline);
  return rules;
}

/// Not a rank: a launch of all ranks for each that the plan still wants.
int run_launches(const RunFlags& flags, const std::vector<std::string>& starter) {
  const auto plan = plan_of(flags);
  // Ranks store their command; what starts them may name a secret: 'mpirun -x HF_TOKEN=…'.
  Launches launches{starter, without_option(own_command(), "--launcher"), flags.file};
  std::erase(launches.command, "--until-decided");
  const auto begin = std::chrono::steady_clock::now();
  const auto planned = flags.until_decided ? plan.time_limit / 2 : plan.time_limit;  // the rest is for what stays open
  for (int launch = 0; launch < starts(plan); ++launch) {
    Duration share{0};
    if (planned > Duration{0}) {
      const auto left = planned - Duration(std::chrono::steady_clock::now() - begin);
      share = std::max<Duration>(left / (starts(plan) - launch), std::chrono::milliseconds(1));
    }
    const auto resume = launch > 0 ? std::vector<std::string>{"--resume"} : std::vector<std::string>{};
    if (const int code = launches.once(resume, share); code != 0) return code;
    if (launcher_interrupted() != 0) break;
    if (flags.until_decided && launch == 0) {  // not only once half of the time is spent
      const auto rules = rules_of(flags);
      expect_acceptable(read_results(flags.file), flags.file, rules.spec, rules.accept);
    }
  }
  const int code = flags.until_decided ? launches.until_decided(rules_of(flags), plan, begin + plan.time_limit) : 0;
  print_results(flags.file, flags.format);
  return launcher_interrupted() != 0 ? 128 + launcher_interrupted() : code;
}

/// What is wrong with the input is said before a lab is built.
int run_in_new_lab(const RunFlags& flags) {
  const auto plan = plan_of(flags);
  if (plan.topology.empty())
    throw UsageError("--lab needs a topology to emulate: --topology NAME (see `longhaul topology list`)");
  LabOptions options;
  options.topology = load_topology(plan.topology);
  options.hosts_per_site = plan.lab.hosts_per_site;
  options.slots = plan.lab.slots;
  options.scale = plan.lab.scale;
  options.congestion_control = plan.lab.congestion_control;
  options.faults = plan.lab.faults;
  options.gateway = plan.lab.gateway;
  for (const auto& id : plan.wan_rtt) resolve_wan(id, options.topology);
  { const Store tried(flags.file, flags.resume); }  // complains of a file that cannot be written, and leaves none
  auto command = own_command();
  std::erase(command, "--lab");
  return run_lab(
      options, [](const LabFabric& lab) { return prepare_mpirun(lab, program_path()); }, command);
}

int run_bare(const RunFlags& flags) {
  const auto plan = plan_of(flags);
  if (!plan.topology.empty()) {
    std::size_t hosts = 0;
    const auto topology = load_topology(plan.topology);
    for (const auto& site : topology.sites) hosts += site.hosts.size();
    if (hosts > 1)
      throw UsageError(
          "topology '{}' has {} hosts and no launcher started this process; use `longhaul run --lab …` to emulate it "
          "on this machine, or mpirun or srun on its hosts",
          topology.name, hosts);
  }
  const int code = run_here(flags);
  return code == 0 && interrupt_signal() != 0 ? 128 + interrupt_signal() : code;
}

/// Options that would have no effect are refused: who gives one expects something of it.
void check_lab_options(const RunFlags& flags) {
  if (flags.lab || current_lab()) return;
  for (const auto& [name, given] : {std::pair{"--hosts-per-site", flags.hosts_per_site.has_value()},
                                    {"--slots", flags.slots.has_value()},
                                    {"--scale", !flags.scale.empty()},
                                    {"--congestion-control", !flags.congestion_control.empty()},
                                    {"--gateway", !flags.gateway.empty()}})
    if (given) throw UsageError("{} shapes a lab; add --lab, or leave it out", name);
}

/// What is known of the file before anything is measured: see acceptable_kinds().
std::vector<std::string> kinds_ahead(const RunFlags& flags) {
  const auto wan = plan_of(flags).wan;
  if (wan == "plugin") return {"plugin"};
  const bool in_lab = flags.lab || current_lab();
  return in_lab && (wan.empty() || wan == "lab") ? std::vector<std::string>{"scaled"} : std::vector<std::string>{};
}

void check_decision(const RunFlags& flags) {
  if (!flags.until_decided) {
    for (const auto& [name, given] : {std::pair{"--spec", &flags.spec},
                                      {"--accept", &flags.accept},
                                      {"--baseline", &flags.baseline},
                                      {"--launcher", &flags.launcher}})
      if (!given->empty()) throw UsageError("{} is for --until-decided; judge a finished run with longhaul gate", name);
    return;
  }
  if (flags.spec.empty() || flags.time_limit.empty())
    throw UsageError("--until-decided needs the rules and a limit: --spec FILE --for TIME");
  if (flags.lab && !flags.launcher.empty())
    throw UsageError("--lab starts the ranks itself; leave --launcher out, or --lab");
  if (!flags.lab && starter_of(flags).empty())
    throw UsageError(
        "--until-decided starts each launch itself, so it runs in a lab (--lab), in a Slurm job but not under srun, or "
        "with --launcher 'mpirun -np N …'");
  const auto rules = rules_of(flags);
  expect_kinds_accepted(kinds_ahead(flags), flags.file, rules.spec, rules.accept);
  if (flags.resume && std::filesystem::exists(flags.file))
    expect_acceptable(read_results(flags.file), flags.file, rules.spec, rules.accept);
}

int run(const RunFlags& flags) {
  if (is_rank() && flags.lab)
    throw UsageError("--lab starts the ranks itself; leave mpirun or srun out, or leave --lab out");
  if (is_rank() && flags.until_decided)
    throw UsageError("--until-decided starts the ranks itself; leave mpirun or srun out");
  if (is_rank()) return run_here(flags);
  check_lab_options(flags);
  check_decision(flags);
  if (flags.lab && !current_lab()) return run_in_new_lab(flags);
  const auto starter = starter_of(flags);
  if (starter.empty()) return run_bare(flags);
  if (flags.until_decided) Store(flags.file, flags.resume);  // complains of a file that cannot be written
  return run_launches(flags, starter);
}

using AddOptions = void (*)(CLI::App&, RunFlags&);

PlanOptions add_handed_on(CLI::App& verb, std::initializer_list<AddOptions> groups) {
  const auto flags = std::make_shared<RunFlags>();
  const auto others = verb.get_options().size();
  for (const auto add : groups) add(verb, *flags);
  const auto options = verb.get_options();
  const std::vector<const CLI::Option*> own(options.begin() + static_cast<std::ptrdiff_t>(others), options.end());
  const auto in_place = verb.get_option("--in-place");
  const auto plan = [flags, in_place] {
    if (in_place->count() > 0 && flags->in_place.empty()) flags->in_place = "true";
    return plan_of(*flags);
  };
  const auto words = [own] {
    std::vector<std::string> given;
    for (const auto* option : own) {
      if (option->count() == 0) continue;
      given.push_back(option->get_name());
      if (option->get_items_expected_max() == 0) continue;  // a flag's name says it all
      if (const auto& texts = option->results(); !texts.empty() && !texts.back().empty())
        given.push_back(texts.back());  // the last, as `run` itself takes an option that is given twice
    }
    return given;
  };
  return {plan, words};
}

}  // namespace

PlanOptions add_plan_options(CLI::App& verb) { return add_handed_on(verb, {add_axes, add_effort}); }

PlanOptions add_batch_options(CLI::App& verb) {
  return add_handed_on(verb, {add_axes, add_effort, add_net, add_manner});
}

void add_run_command(CLI::App& program, Action& action) {
  auto* verb = program.add_subcommand("run", "Measure collectives over message sizes and WAN settings");
  auto flags = std::make_shared<RunFlags>();
  verb->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  add_axes(*verb, *flags);
  add_effort(*verb, *flags);
  add_decision(*verb, *flags);
  add_output(*verb, *flags);
  add_manner(*verb, *flags);
  verb->add_option("--columns", flags->columns)->group("");  // handed to ranks: the launcher's pipe hides the terminal
  add_lab(*verb, *flags);
  add_net(*verb, *flags);
  verb->footer(kExamples);
  verb->callback([verb, &action, flags] {
    if (verb->count("--in-place") > 0 && flags->in_place.empty()) flags->in_place = "true";
    action = [flags] { return run(*flags); };
  });
}

}  // namespace longhaul
