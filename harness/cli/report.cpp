#include "results/report.hpp"

#include <fmt/format.h>

#include <optional>
#include <span>

#include "harness/cli/commands.hpp"
#include "results/findings.hpp"
#include "results/gate.hpp"
#include "results/host_group.hpp"
#include "results/looks.hpp"
#include "results/store.hpp"
#include "topologies/durable_file.hpp"
#include "topologies/error.hpp"
#include "topologies/share.hpp"

namespace longhaul {

namespace {

struct ReportOptions {
  std::vector<std::string> files;
  std::string output;
  std::string plotly;
  std::string spec, accept, baseline, margin;
  std::string floor;
};

/// Options that would have no effect are refused: who gives one expects something of it.
void check_report(const ReportOptions& options) {
  for (const auto& [name, given] : {std::pair{"--accept", &options.accept}, {"--baseline", &options.baseline}})
    if (options.spec.empty() && !given->empty()) throw UsageError("{} is for judging; add --spec FILE", name);
  if (options.files.size() < 2 && !options.margin.empty())
    throw UsageError("--margin is for comparing; give a second FILE");
}

/// The rules of a report, and what they point to.
struct Judgement {
  std::optional<Acceptance> spec;
  std::optional<Results> baseline;
  ReportRules rules;
};

/// A look at a page is a look: it is counted as `longhaul gate` counts it, and is none where that judged the same.
void prepare(Judgement& judgement, const ReportOptions& options, const std::vector<ReportFile>& files) {
  auto& rules = judgement.rules;
  if (!options.margin.empty()) rules.comparison.margin = parse_share(options.margin).value;
  if (!options.floor.empty()) rules.floor = parse_bandwidth(options.floor);
  if (rules.floor)
    for (const auto& file : files) groups_text(file.results, *rules.floor);  // complains beforehand
  if (options.spec.empty()) return;
  judgement.spec = load_acceptance(shared_file("specification", "acceptance", options.spec).string());
  const auto accept = acceptable_kinds_in(options.accept);
  for (const auto& file : files) expect_acceptable(file.results, file.name, *judgement.spec, accept);
  if (!options.baseline.empty()) judgement.baseline = read_results(options.baseline);
  for (std::size_t i = 0; i < files.size(); ++i)
    rules.looks.push_back(count_look({options.files[i]}, files[i].results));
  rules.spec = &*judgement.spec;
  rules.baseline = judgement.baseline ? &*judgement.baseline : nullptr;
}

/// The answer belongs on the terminal too; where the page is, on stderr.
void print_findings(const std::vector<ReportFile>& files, const std::optional<BytesPerSecond>& floor) {
  for (const auto& file : files) {
    if (files.size() > 1) fmt::print("{}\n", file.name);
    for (const auto& finding : findings(file.results)) {
      const bool urgent = finding.concern == Concern::wrong || finding.concern == Concern::doubtful;
      fmt::print("{}{}\n", urgent ? name_of(finding.concern) + ": " : "", finding.text);
    }
    if (floor)
      for (const auto& line : groups_text(file.results, *floor)) fmt::print("{}\n", line);
  }
}

int report(const ReportOptions& options) {
  check_report(options);
  std::vector<ReportFile> files;
  for (const auto& file : options.files)
    files.push_back({std::filesystem::path(file).filename().string(), read_results(file)});
  const std::filesystem::path output = options.output.empty()
                                           ? std::filesystem::path(options.files.front()).replace_extension(".html")
                                           : std::filesystem::path(options.output);
  for (const auto& file : options.files)
    if (std::error_code ignored; std::filesystem::equivalent(file, output, ignored))
      throw UsageError("-o {} would overwrite the results it is made from; name another file", output.string());
  const ReportAssets assets{share_folder() / "report", options.plotly.empty() ? share_folder() / "plotly.min.js"
                                                                              : std::filesystem::path(options.plotly)};
  Judgement judgement;
  prepare(judgement, options, files);
  const auto page = render_report(files, assets, judgement.rules);
  write_durably(output, std::as_bytes(std::span(page)));
  print_findings(files, judgement.rules.floor);
  fmt::print(stderr, "report: {} ({:.1f} MB, opens offline)\n", output.string(),
             static_cast<double>(page.size()) / 1e6);
  return 0;
}

}  // namespace

void add_report_command(CLI::App& program, Action& action) {
  auto* verb = program.add_subcommand("report", "Write results as one HTML page that opens offline");
  auto options = std::make_shared<ReportOptions>();
  verb->add_option("FILE", options->files, "Results files; several are selected from within the page")->required();
  verb->add_option("-o,--output", options->output,
                   "The page; default: the first FILE with .html in place of its suffix");
  verb->add_option("--spec", options->spec, "Also judge each file by this acceptance specification")->type_name("FILE");
  verb->add_option("--accept", options->accept, "With --spec: kinds of files to judge all the same, as of gate")
      ->type_name("LIST");
  verb->add_option("--baseline", options->baseline, "With --spec: results that 'slowdown' is held against")
      ->type_name("GOLDEN");
  verb->add_option("--margin", options->margin,
                   "With several FILEs: differences up to this count as the same in practice; default 2%")
      ->type_name("SHARE");
  verb->add_option("--floor", options->floor,
                   "Name the largest group of hosts whose pairs all reach this (of run --pattern pairwise): 40GB/s")
      ->type_name("RATE");
  verb->add_option("--plotly", options->plotly, "plotly.min.js to inline instead of the one that comes with longhaul");
  verb->footer("Example:\n  longhaul report out/quickstart.h5 -o out/quickstart.html");
  verb->callback([options, &action] { action = [options] { return report(*options); }; });
}

}  // namespace longhaul
