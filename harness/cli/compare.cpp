#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "harness/cli/commands.hpp"
#include "harness/cli/print_results.hpp"
#include "results/comparison_output.hpp"
#include "results/store.hpp"
#include "topologies/error.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

constexpr const char* kCompareExample =
    "Examples:\n"
    "  longhaul compare before.h5 after.h5\n"
    "  longhaul compare fabric-a.h5 fabric-b.h5 fabric-c.h5 --margin 5% --format markdown\n"
    "  longhaul compare before.h5 after.h5 --format json | jq '.comparisons[].points[] | select(.verdict == "
    "\"slower\")'";

struct CompareOptions {
  std::vector<std::string> files;
  std::string margin = "2%", confidence = "95%", format = "table";
  bool all = false;
};

/// Files by their names; by their paths where two share a name.
std::vector<std::string> names_of(const std::vector<std::string>& files) {
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(std::filesystem::path(file).filename().string());
  for (std::size_t i = 0; i < names.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i] == names[j]) return files;
  return names;
}

std::string text_of(const Comparison& comparison, const CompareOptions& options) {
  if (options.format == "json") return comparison_json(comparison);
  if (options.format == "csv") return comparison_csv(comparison);
  if (options.format == "markdown") return comparison_markdown(comparison);
  return comparison_table(comparison, options.all);
}

int compare_files(const CompareOptions& options) {
  if (options.files.size() < 2) throw UsageError("compare takes two files or more: longhaul compare A.h5 B.h5");
  const ComparisonOptions how{parse_share(options.margin).value, parse_share(options.confidence).value};
  if (how.confidence <= 0 || how.confidence >= 1)
    throw UsageError("bad --confidence '{}'; expected more than 0 % and less than 100 %", options.confidence);
  std::vector<Results> results;
  for (const auto& file : options.files) results.push_back(read_results(file));
  const auto names = names_of(options.files);
  std::vector<ComparedFile> files;
  for (std::size_t i = 0; i < names.size(); ++i) files.push_back({names[i], &results[i]});
  print_text(text_of(compare(files, how), options));
  return 0;
}

}  // namespace

void add_compare_command(CLI::App& program, Action& action) {
  auto* verb = program.add_subcommand("compare", "Which file is faster, where, and whether that is real");
  auto options = std::make_shared<CompareOptions>();
  verb->add_option("FILE", options->files, "Results files (HDF5); the first is the base of the others")->required();
  verb->add_option("--margin", options->margin, "Differences up to this count as the same in practice")
      ->type_name("SHARE")
      ->capture_default_str();
  verb->add_option("--confidence", options->confidence, "That no verdict is false, over all points together")
      ->type_name("SHARE")
      ->capture_default_str();
  verb->add_option("--format", options->format, "table, markdown, csv, json")
      ->check(CLI::IsMember({"table", "markdown", "csv", "json"}))
      ->type_name("FORMAT")
      ->capture_default_str();
  verb->add_flag("--all", options->all, "Table: also the points that are the same or ambiguous");
  verb->footer(kCompareExample);
  verb->callback([options, &action] { action = [options] { return compare_files(*options); }; });
}

}  // namespace longhaul
