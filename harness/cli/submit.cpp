#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "harness/cli/commands.hpp"
#include "harness/cli/plan_options.hpp"
#include "harness/estimate.hpp"
#include "harness/launch/batch_script.hpp"
#include "harness/launch/sbatch.hpp"
#include "harness/provenance.hpp"
#include "topologies/error.hpp"
#include "topologies/load.hpp"
#include "topologies/share.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

namespace fs = std::filesystem;

struct SubmitArguments {
  PlanOptions options;
  std::string file = "longhaul.h5", placement = "nodes", slurm_names, time, early = "120 s", program;
  int nodes_per_site = 2, ranks_per_node = 0, gpus_per_node = -1, shards = 1;
  std::vector<std::string> sbatch, srun, setup;
  bool share_nodes = false, dry_run = false;
};

constexpr const char* kFooter =
    R"(Options that say what is measured are those of run (longhaul run --help) and are handed on to it.
Examples:
  longhaul submit --topology two-campus-metro --collective all_reduce --for 30min -o run.h5 --dry-run
  longhaul submit --topology mine.yaml --place partitions --slurm-names a=west,b=east --backend nccl -o gpu.h5
  longhaul submit --plan sweep.yaml --shards 4 --setup 'module load longhaul' --sbatch=--account=net -o sweep.h5)";

/// A script, and the file it goes to.
struct Script {
  fs::path path;
  std::string text;
};

fs::path beside(const fs::path& file, const std::string& ending) {
  return file.parent_path() / (file.stem().string() + ending);
}

fs::path shard_file(const SubmitArguments& arguments, int shard) {
  if (arguments.shards == 1) return arguments.file;
  return beside(arguments.file, fmt::format(".shard-{}-of-{}.h5", shard, arguments.shards));
}

Topology topology_of(const Plan& plan) {
  if (plan.topology.empty())
    throw UsageError("submit needs to know which hosts: --topology NAME|FILE (see `longhaul topology list`)");
  return load_topology(plan.topology);
}

int gpus_of_each_host(const Topology& topology) {
  const auto [least, most] = std::ranges::minmax_element(topology.sites, {}, &Site::gpus_per_host);
  if (least->gpus_per_host != most->gpus_per_host)
    throw UsageError("hosts of {} have {} GPUs and those of {} {}; say how many to use: --gpus-per-node N", least->name,
                     least->gpus_per_host, most->name, most->gpus_per_host);
  return most->gpus_per_host;
}

/// What a job of any shard has in common.
BatchJob common_job(const SubmitArguments& arguments, const Plan& plan, const Topology& topology) {
  BatchJob job;
  job.name = fmt::format("longhaul-{}", topology.name);
  job.placement = parse_placement(arguments.placement);
  job.sites = share_sites(topology, arguments.nodes_per_site);
  rename_sites(job.sites, arguments.slurm_names);
  const bool on_gpus = plan.backend == "nccl" || plan.memory == "device";
  job.gpus_per_node = arguments.gpus_per_node >= 0 ? arguments.gpus_per_node
                      : on_gpus                    ? gpus_of_each_host(topology)
                                                   : 0;
  job.ranks_per_node = arguments.ranks_per_node > 0 ? arguments.ranks_per_node : std::max(1, job.gpus_per_node);
  job.launches = starts(plan);
  job.early_signal = parse_duration(arguments.early);
  job.exclusive = !arguments.share_nodes;
  job.sbatch = arguments.sbatch;
  job.setup = arguments.setup;
  job.srun = arguments.srun;
  return job;
}

int nodes_of(const BatchJob& job) {
  int nodes = 0;
  for (const auto& site : job.sites) nodes += site.nodes;
  return nodes;
}

std::string own_words(const SubmitArguments& arguments, const std::vector<std::string>& verb_and_options) {
  std::vector<std::string> words{arguments.program.empty() ? program_path().string() : arguments.program};
  words.insert(words.end(), verb_and_options.begin(), verb_and_options.end());
  return quoted_command(words);
}

/// The options as each launch takes them: --for is the whole job's, and launches share it.
std::vector<std::string> words_of_a_launch(const SubmitArguments& arguments, const Plan& plan) {
  auto words = arguments.options.words();
  if (starts(plan) == 1 || plan.time_limit <= Duration{0}) return words;
  const auto share = std::chrono::floor<std::chrono::milliseconds>(launch_time(plan));
  const auto text = share % std::chrono::seconds(1) == Duration{0} ? fmt::format("{}s", share / std::chrono::seconds(1))
                                                                   : fmt::format("{}ms", share.count());
  if (const auto given = std::ranges::find(words, "--for"); given != words.end())
    *std::next(given) = text;
  else
    words.insert(words.end(), {"--for", text});
  return words;
}

Script shard_script(const SubmitArguments& arguments, const Plan& plan, BatchJob job, int shard) {
  const auto file = shard_file(arguments, shard);
  auto words = words_of_a_launch(arguments, plan);
  words.insert(words.begin(), "run");
  if (arguments.shards > 1) words.insert(words.end(), {"--shard", fmt::format("{}/{}", shard, arguments.shards)});
  words.insert(words.end(), {"-o", file.string(), "--resume"});
  job.command = own_words(arguments, words);

  auto part = plan;
  part.shard = {shard, arguments.shards};
  const int nodes = nodes_of(job), ranks = nodes * job.ranks_per_node;
  const auto points = expand(part, ranks, "", plan.backend).size();
  const auto longest = estimate(part, points);
  job.time = arguments.time.empty() ? job_time(longest, job.early_signal) : parse_duration(arguments.time);
  job.log = beside(file, ".%j.log").string();
  job.about = {
      fmt::format("{}: {} on {} in {}, {}; at most {} by the plan.", plan.topology,
                  counted(static_cast<std::size_t>(ranks), "rank"), counted(static_cast<std::size_t>(nodes), "node"),
                  counted(job.sites.size(), "site"), counted(points, "point"), slurm_time(longest)),
      "Written by longhaul submit; results go to " + file.string()};
  return {beside(file, ".sbatch"), batch_script(job)};
}

Script joining_script(const SubmitArguments& arguments, BatchJob job) {
  std::vector<std::string> words{"convert", "--merge"};
  for (int shard = 1; shard <= arguments.shards; ++shard) words.push_back(shard_file(arguments, shard).string());
  words.insert(words.end(), {"-o", arguments.file});
  job.log = beside(arguments.file, ".%j.log").string();
  job.command = own_words(arguments, words);
  return {beside(arguments.file, ".sbatch"), join_script(job)};
}

void print(const std::vector<Script>& scripts) {
  for (const auto& script : scripts) {
    if (scripts.size() > 1) fmt::print("{}# ---- {}\n", &script == &scripts.front() ? "" : "\n", script.path.string());
    fmt::print("{}", script.text);
  }
}

std::string hand_over(const Script& script, const std::vector<std::string>& after) {
  std::ofstream file(script.path);
  file << script.text << std::flush;
  if (!file)
    throw EnvironmentError("cannot write {}; write to a folder that all nodes see: -o FILE", script.path.string());
  auto number = submit_script(script.path, after);
  fmt::print("{}\n", number);
  fmt::print(stderr, "submit: job {} from {}{}\n", number, script.path.string(),
             after.empty() ? "" : "; starts once the shards have ended well");
  return number;
}

/// Jobs go on with files that are there; what joins the shards overwrites nothing.
void tell_existing(const SubmitArguments& arguments) {
  if (arguments.shards > 1 && fs::exists(arguments.file))
    throw UsageError(
        "'{}' exists, and the shards are joined into a new file; move it away and submit again (shards go on with "
        "their own files), or choose another with -o",
        arguments.file);
  for (int shard = 1; shard <= arguments.shards; ++shard)
    if (const auto file = shard_file(arguments, shard); fs::exists(file))
      fmt::print(stderr, "submit: {} exists; the job goes on with it\n", file.string());
}

int submit(const SubmitArguments& arguments) {
  const auto plan = arguments.options.plan();
  const auto job = common_job(arguments, plan, topology_of(plan));
  std::vector<Script> scripts;
  for (int shard = 1; shard <= arguments.shards; ++shard) scripts.push_back(shard_script(arguments, plan, job, shard));
  if (arguments.shards > 1) scripts.push_back(joining_script(arguments, job));
  if (arguments.dry_run) {
    print(scripts);
    return 0;
  }
  tell_existing(arguments);
  std::vector<std::string> numbers;
  for (const auto& script : scripts) {
    const bool joins = arguments.shards > 1 && &script == &scripts.back();
    numbers.push_back(hand_over(script, joins ? numbers : std::vector<std::string>{}));
  }
  return 0;
}

}  // namespace

void add_submit_command(CLI::App& program, Action& action) {
  auto* verb = program.add_subcommand("submit", "Write a Slurm job that measures a plan, and submit it");
  const auto arguments = std::make_shared<SubmitArguments>();
  verb->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  arguments->options = add_batch_options(*verb);
  verb->add_option("-o,--output", arguments->file, "Results file (HDF5); the script and the log go beside it")
      ->type_name("FILE")
      ->capture_default_str();
  verb->add_option("--nodes-per-site", arguments->nodes_per_site, "Nodes of each site")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  verb->add_option("--ranks-per-node", arguments->ranks_per_node, "Default: one a GPU, without GPUs one")
      ->check(CLI::Range(1, 4096));
  verb->add_option("--gpus-per-node", arguments->gpus_per_node,
                   "--gres=gpu:N; default: the topology's with --backend nccl, else none")
      ->check(CLI::Range(0, 64));
  verb->add_option("--place", arguments->placement,
                   "How Slurm knows sites: nodes (by name), features, partitions (a heterogeneous job)")
      ->check(CLI::IsMember({"nodes", "features", "partitions"}))
      ->capture_default_str();
  verb->add_option("--slurm-names", arguments->slurm_names, "What features or partitions are called: SITE=NAME,...")
      ->type_name("LIST");
  verb->add_option("--time", arguments->time, "Time limit; default: by the plan, and a quarter")->type_name("TIME");
  verb->add_option("--early", arguments->early,
                   "Before the limit the ranks store what they have and the job is requeued; 0s: neither")
      ->type_name("TIME")
      ->capture_default_str();
  verb->add_option("--shards", arguments->shards, "Jobs that share the plan's points; joined into FILE at the end")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  const auto all = CLI::MultiOptionPolicy::TakeAll;
  verb->add_option("--sbatch", arguments->sbatch, "A further option of sbatch, as --sbatch=--account=net; repeatable")
      ->multi_option_policy(all)
      ->type_name("OPTION")
      ->expected(1);
  verb->add_option("--srun", arguments->srun, "A further option of srun, as --srun=--container-image=...; repeatable")
      ->multi_option_policy(all)
      ->type_name("OPTION")
      ->expected(1);
  verb->add_option("--setup", arguments->setup,
                   "A shell line before the ranks start: 'module load longhaul'; repeatable")
      ->multi_option_policy(all)
      ->type_name("LINE")
      ->expected(1);
  verb->add_option("--program", arguments->program, "longhaul on the nodes; default: this one's path");
  verb->add_flag("--share-nodes", arguments->share_nodes, "Let other jobs onto the nodes");
  verb->add_flag("--dry-run", arguments->dry_run, "Print the script; submit nothing");
  verb->footer(kFooter);
  verb->callback([arguments, &action] { action = [arguments] { return submit(*arguments); }; });
}

}  // namespace longhaul
