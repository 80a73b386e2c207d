#include "results/output.hpp"

#include <array>

#include "results/csv.hpp"
#include "results/json.hpp"
#include "results/markdown.hpp"
#include "results/nccl_json.hpp"
#include "results/nccl_tests.hpp"
#include "results/terminal_table.hpp"
#include "topologies/error.hpp"
#include "topologies/nearest.hpp"

namespace longhaul {
namespace {

struct Form {
  OutputFormat format;
  const char* name;
  const char* extension;  ///< empty where another format has it
  std::string (*render)(const Results&);
};

constexpr std::array<Form, 6> kForms{{{OutputFormat::table, "table", ".txt", terminal_table},
                                      {OutputFormat::markdown, "markdown", ".md", markdown},
                                      {OutputFormat::nccl_tests, "nccl-tests", "", nccl_tests},
                                      {OutputFormat::nccl_tests_json, "nccl-tests-json", "", nccl_json},
                                      {OutputFormat::csv, "csv", ".csv", csv},
                                      {OutputFormat::json, "json", ".json", json_text}}};

}  // namespace

std::vector<std::string> output_format_names() {
  std::vector<std::string> names;
  for (const auto& form : kForms) names.emplace_back(form.name);
  return names;
}

OutputFormat parse_output_format(std::string_view name) {
  for (const auto& form : kForms)
    if (name == form.name) return form.format;
  const auto names = output_format_names();
  if (const auto meant = nearest(name, names); !meant.empty())
    throw UsageError("unknown format '{}'; did you mean '{}'?", name, meant);
  throw UsageError("unknown format '{}'; expected one of {}", name, fmt::join(names, ", "));
}

std::optional<OutputFormat> output_format_of(const std::filesystem::path& file) {
  for (const auto& form : kForms)
    if (*form.extension && file.extension() == form.extension) return form.format;
  return std::nullopt;
}

std::string render(const Results& results, OutputFormat format) {
  for (const auto& form : kForms)
    if (form.format == format) return form.render(results);
  return {};
}

}  // namespace longhaul
