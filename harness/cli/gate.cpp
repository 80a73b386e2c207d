#include "results/gate.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "harness/cli/commands.hpp"
#include "harness/cli/print_results.hpp"
#include "results/acceptance_draft.hpp"
#include "results/gate_output.hpp"
#include "results/looks.hpp"
#include "results/merge.hpp"
#include "results/store.hpp"
#include "topologies/durable_file.hpp"
#include "topologies/error.hpp"
#include "topologies/share.hpp"

namespace longhaul {
namespace {

constexpr const char* kGateExample =
    "Examples:\n"
    "  longhaul gate init run.h5 -o acceptance.yaml\n"
    "  longhaul gate --spec acceptance.yaml run.h5\n"
    "  longhaul gate --spec acceptance.yaml run.h5 --baseline golden.h5 --junit gate.xml --format json\n"
    "Exit code: 0 pass, 1 a rule failed, 3 inconclusive.";

struct GateOptions {
  std::vector<std::string> files;
  std::string spec, baseline, junit, accept, format = "table";
};

Results read_joined(const std::vector<std::string>& files) {
  if (files.size() == 1) return read_results(files.front());
  std::vector<Results> all;
  for (const auto& file : files) all.push_back(read_results(file));
  return merge(all);
}

int judge(const GateOptions& options) {
  if (options.spec.empty())
    throw UsageError("by which rules? Give --spec FILE; `longhaul gate init RUN.h5` drafts one");
  if (options.files.empty()) throw UsageError("gate takes the run to judge: longhaul gate --spec SPEC RUN.h5");
  const auto spec = load_acceptance(shared_file("specification", "acceptance", options.spec).string());
  const auto run = read_joined(options.files);
  const auto name = fmt::format("{}", fmt::join(options.files, " + "));
  expect_acceptable(run, name, spec, acceptable_kinds_in(options.accept));
  std::optional<Results> baseline;
  if (!options.baseline.empty()) baseline = read_results(options.baseline);
  const int look = count_look({options.files.begin(), options.files.end()}, run);
  const auto report = gate(spec, {name, &run, baseline ? &*baseline : nullptr, look});
  if (!options.junit.empty()) {
    const auto xml = gate_junit(report);
    write_durably(options.junit, std::as_bytes(std::span(xml)));
  }
  print_text(options.format == "json" ? gate_json(report) : gate_table(report));
  return static_cast<int>(exit_code_of(report.verdict));
}

int draft(const std::string& file, const std::string& output) {
  const auto text = draft_acceptance(read_results(file), std::filesystem::path(file).filename().string());
  if (output.empty()) {
    print_text(text);
    return 0;
  }
  if (std::filesystem::exists(output)) throw UsageError("'{}' exists; choose another file with -o", output);
  write_durably(output, std::as_bytes(std::span(text)));
  fmt::print(stderr, "gate: {}\n", output);
  return 0;
}

}  // namespace

void add_gate_command(CLI::App& program, Action& action) {
  auto* verb = program.add_subcommand("gate", "Judge a run by an acceptance specification");
  auto options = std::make_shared<GateOptions>();
  verb->add_option("RUN", options->files, "Results files (HDF5); several are judged as one run");
  verb->add_option("--spec", options->spec, "The rules (YAML): a file, or the name of one that comes with the program")
      ->type_name("NAME|FILE");
  verb->add_option("--baseline", options->baseline, "Results that 'slowdown' is held against")->type_name("GOLDEN");
  verb->add_option("--junit", options->junit, "Also write the verdicts as JUnit XML")->type_name("FILE");
  verb->add_option("--accept", options->accept,
                   "Kinds of files to judge all the same: doubles, scaled, plugin, flagged")
      ->type_name("LIST");
  verb->add_option("--format", options->format, "table, json")
      ->check(CLI::IsMember({"table", "json"}))
      ->type_name("FORMAT")
      ->capture_default_str();
  verb->footer(kGateExample);
  verb->callback([verb, options, &action] {
    if (verb->get_subcommands().empty()) action = [options] { return judge(*options); };
  });

  auto* init = verb->add_subcommand("init", "Draft a specification from a run");
  auto file = std::make_shared<std::string>(), output = std::make_shared<std::string>();
  init->add_option("RUN", *file, "Results (HDF5)")->required();
  init->add_option("-o,--output", *output, "File to write; default: standard output")->type_name("SPEC");
  init->footer("Example:\n  longhaul gate init run.h5 -o acceptance.yaml");
  init->callback([file, output, &action] { action = [file, output] { return draft(*file, *output); }; });
}

}  // namespace longhaul
