#include "harness/launch/batch_script.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

#include "topologies/error.hpp"
#include "topologies/host_pattern.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

constexpr int kMostRestarts = 20;  // a job that no longer gets on must not go round for ever

/// A value of an #SBATCH line: sbatch knows double quotes and no way to escape one.
std::string directive_value(const std::string& value) {
  const auto unfit = [](unsigned char letter) { return letter < ' ' || letter == '"' || letter == 0x7f; };
  if (std::ranges::any_of(value, unfit))
    throw UsageError("'{}' cannot stand in an #SBATCH line: it holds a quote or a control character", one_line(value));
  const bool plain = value.find_first_of(" #'\\") == std::string::npos;
  return plain ? value : '"' + value + '"';
}

std::string directive(const std::string& option, const std::string& value) {
  return fmt::format("#SBATCH --{}={}\n", option, directive_value(value));
}

/// A comment stays on its line.
std::string comment(const std::string& line) { return "# " + one_line(line) + "\n"; }

int nodes_of(const std::vector<SiteShare>& sites) {
  int nodes = 0;
  for (const auto& site : sites) nodes += site.nodes;
  return nodes;
}

/// What each component asks of a node.
std::string per_node(const BatchJob& job) {
  std::string lines = directive("ntasks-per-node", std::to_string(job.ranks_per_node));
  if (job.gpus_per_node > 0) lines += directive("gres", fmt::format("gpu:{}", job.gpus_per_node));
  if (job.exclusive) lines += "#SBATCH --exclusive\n";
  return lines;
}

std::string by_names(const BatchJob& job) {
  std::vector<std::string> hosts;
  for (const auto& site : job.sites) hosts.insert(hosts.end(), site.hosts.begin(), site.hosts.end());
  return directive("nodes", std::to_string(nodes_of(job.sites))) + directive("nodelist", collapse_hosts(hosts)) +
         per_node(job);
}

std::string by_features(const BatchJob& job) {
  std::vector<std::string> counts;
  for (const auto& site : job.sites) counts.push_back(fmt::format("{}*{}", site.slurm_name, site.nodes));
  const auto constraint =
      job.sites.size() == 1 ? job.sites.front().slurm_name : fmt::format("[{}]", fmt::join(counts, "&"));
  return directive("nodes", std::to_string(nodes_of(job.sites))) + directive("constraint", constraint) + per_node(job);
}

std::string by_partitions(const BatchJob& job) {
  std::string lines;
  for (const auto& site : job.sites) {
    if (!lines.empty()) lines += "#SBATCH hetjob\n";
    lines += directive("partition", site.slurm_name) + directive("nodes", std::to_string(site.nodes)) + per_node(job);
  }
  return lines;
}

std::string whereabouts(const BatchJob& job) {
  switch (job.placement) {
    case Placement::nodes: return by_names(job);
    case Placement::features: return by_features(job);
    case Placement::partitions: return by_partitions(job);
  }
  return {};
}

std::string early_directives(const BatchJob& job) {
  if (job.early_signal == Duration{0}) return "#SBATCH --no-requeue\n";
  const auto early = std::chrono::duration_cast<std::chrono::seconds>(job.early_signal).count();
  return directive("signal", fmt::format("B:USR1@{}", early)) + "#SBATCH --requeue\n#SBATCH --open-mode=append\n";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string srun_line(const BatchJob& job) {
  // In one step, so that the ranks of all sites are one MPI job; a rank that is killed ends the others.
  std::string line = "srun --mpi=pmix --kill-on-bad-exit=1";
  if (job.placement == Placement::partitions && job.sites.size() > 1)
    line += fmt::format(" --het-group=0-{}", job.sites.size() - 1);
  for (const auto& option : job.srun) line += " " + option;
  return line + " \\\n  " + job.command;
}

std::string indented(const std::string& lines) {
  std::string text;
  for (const auto& line : lines_of(lines)) text += line.empty() ? "\n" : "  " + line + "\n";
  return text;
}

/// Runs `body` once for each launch.
std::string for_each_launch(const BatchJob& job, const std::string& body) {
  return fmt::format("for _ in {{1..{}}}; do\n{}done\n", job.launches, indented(body));
}

std::string plain_body(const BatchJob& job) {
  if (job.launches == 1) return "\nexec " + srun_line(job) + "\n";
  return "\n" + for_each_launch(job, srun_line(job) + " || exit\n");
}

constexpr const char* kHearEarly = R"(
# Before the time limit Slurm signals this shell only, not the ranks. They finish the visit they are in, store
# it and end well; then the job goes back to the queue, and its next start resumes where the file stands.
early=no ranks=
trap 'early=yes; [[ -z $ranks ]] || kill -USR1 "$ranks"' USR1
)";

// The signal may come between any two lines.
constexpr const char* kHandOn = R"( &
ranks=$!
[[ $early == no ]] || kill -USR1 "$ranks"  # the signal came while they were started
wait "$ranks"; code=$?
[[ $early == no ]] || { wait "$ranks"; code=$?; }  # the signal ended the first wait
ranks=
)";

constexpr const char* kRequeue = R"(
# Above 128: the signal came before the ranks listened to it, and ended them.
if [[ $early == yes && ($code == 0 || $code -gt 128) && ${{SLURM_RESTART_COUNT:-0}} -lt {} ]]; then
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
)";

std::string resuming_body(const BatchJob& job) {
  auto launch = srun_line(job) + kHandOn;
  if (job.launches > 1) launch = "[[ $early == no ]] || break\n" + launch + "[[ $code == 0 ]] || break\n";
  const auto launches =
      job.launches > 1 ? for_each_launch(job, launch) : "if [[ $early == no ]]; then\n" + indented(launch) + "fi\n";
  return "\ncode=0\n" + launches + fmt::format(kRequeue, kMostRestarts);
}

/// Options of sbatch that are about the nodes which the ranks run on.
bool is_about_nodes(const std::string& option) {
  constexpr std::array<std::string_view, 10> kNames{
      "--gres", "--gpus",     "-G", "--gpus-per-node", "--gpus-per-task", "--constraint",
      "-C",     "--nodelist", "-w", "--exclusive"};
  const bool is_short = option.size() > 1 && option[1] != '-';
  const auto name = is_short ? option.substr(0, 2) : option.substr(0, option.find_first_of("= "));
  return std::ranges::find(kNames, name) != kNames.end();
}

std::string setup_lines(const BatchJob& job) {
  std::string text = job.setup.empty() ? "" : "\n";
  for (const auto& line : job.setup) text += line + "\n";
  return text;
}

}  // namespace

Placement parse_placement(const std::string& text) {
  if (text == "nodes") return Placement::nodes;
  if (text == "features") return Placement::features;
  if (text == "partitions") return Placement::partitions;
  throw UsageError("unknown placement '{}'; expected nodes, features or partitions", text);
}

std::vector<SiteShare> share_sites(const Topology& topology, int nodes_per_site) {
  std::vector<SiteShare> shares;
  for (const auto& site : topology.sites) {
    const auto nodes = std::min<std::size_t>(static_cast<std::size_t>(nodes_per_site), site.hosts.size());
    shares.push_back({site.name,
                      site.name,
                      {site.hosts.begin(), site.hosts.begin() + static_cast<std::ptrdiff_t>(nodes)},
                      static_cast<int>(nodes)});
  }
  return shares;
}

void rename_sites(std::vector<SiteShare>& sites, const std::string& text) {
  if (text.empty()) return;
  for (const auto& pair : split(text, ',')) {
    const auto sign = pair.find('=');
    if (sign == std::string::npos || sign + 1 == pair.size())
      throw UsageError("bad name '{}'; expected SITE=NAME, such as metro-a=west", pair);
    const auto site = std::ranges::find(sites, pair.substr(0, sign), &SiteShare::site);
    if (site == sites.end()) {
      std::vector<std::string> names;
      names.reserve(sites.size());
      for (const auto& share : sites) names.push_back(share.site);
      throw UsageError("the topology has no site '{}'; its sites are {}", pair.substr(0, sign), fmt::join(names, ", "));
    }
    site->slurm_name = pair.substr(sign + 1);
  }
}

std::string slurm_time(Duration time) {
  const auto all = std::chrono::ceil<std::chrono::seconds>(time).count();
  const auto clock = fmt::format("{:02}:{:02}:{:02}", all / 3600 % 24, all / 60 % 60, all % 60);
  return all >= 86400 ? fmt::format("{}-{}", all / 86400, clock) : clock;
}

std::string batch_script(const BatchJob& job) {
  std::string text = "#!/bin/bash\n";
  for (const auto& line : job.about) text += comment(line);
  text += directive("job-name", job.name);
  // Of the whole job: must stand before the first component's options.
  text += directive("time", slurm_time(job.time)) + directive("output", job.log) + early_directives(job);
  for (const auto& option : job.sbatch) text += "#SBATCH " + option + "\n";
  text += whereabouts(job);
  if (job.early_signal == Duration{0}) return text + setup_lines(job) + plain_body(job);
  return text + kHearEarly + setup_lines(job) + resuming_body(job);  // setting up may take long, too
}

std::string join_script(const BatchJob& job) {
  auto text =
      "#!/bin/bash\n" +
      comment("Joins the shards into one file; submitted to start once all of them have ended well, else cancelled.") +
      directive("job-name", job.name) + directive("time", "00:10:00") + directive("output", job.log) +
      directive("kill-on-invalid-dep", "yes");
  if (job.placement == Placement::partitions) text += directive("partition", job.sites.front().slurm_name);
  for (const auto& option : job.sbatch)
    if (!is_about_nodes(option)) text += "#SBATCH " + option + "\n";
  return text + directive("nodes", "1") + directive("ntasks", "1") + setup_lines(job) + "\nexec " + job.command + "\n";
}

}  // namespace longhaul
