#include <fmt/format.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <system_error>

#include "harness/cli/commands.hpp"
#include "harness/cli/print_results.hpp"
#include "results/durable_file.hpp"
#include "results/output.hpp"
#include "results/store.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr const char* kExample =
    "Examples:\n"
    "  longhaul convert run.h5 --to nccl-tests\n"
    "  longhaul convert run.h5 -o run.csv\n"
    "  longhaul convert run.h5 --to json | jq '.points[] | select(.converged | not) | .key'";

struct ConvertOptions {
  std::string file;
  std::string format;  ///< empty: by the extension of `output`
  std::string output;  ///< empty: stdout
};

/// As given, or what the name of the output says.
OutputFormat format_of(const ConvertOptions& options) {
  if (!options.format.empty()) return parse_output_format(options.format);
  if (options.output.empty())
    throw UsageError("to what? Give --to FORMAT (one of {})", fmt::join(output_format_names(), ", "));
  if (const auto format = output_format_of(options.output)) return *format;
  throw UsageError("'{}' has no extension that says a format (.csv, .json, .md, .txt); give --to FORMAT (one of {})",
                   options.output, fmt::join(output_format_names(), ", "));
}

int convert(const ConvertOptions& options) {
  const auto format = format_of(options);
  if (options.output.empty()) {
    print_results(options.file, options.format);
    return 0;
  }
  std::error_code none;
  if (std::filesystem::equivalent(options.file, options.output, none))
    throw UsageError("-o {} would overwrite the results it is made from; name another file", options.output);
  const auto text = render(read_results(options.file), format);
  write_durably(options.output, std::as_bytes(std::span(text)));
  fmt::print(stderr, "convert: {}\n", options.output);
  return 0;
}

}  // namespace

void add_convert_command(CLI::App& program, Action& action) {
  auto* verb = program.add_subcommand("convert", "Turn results into CSV, JSON, Markdown or nccl-tests' table");
  auto options = std::make_shared<ConvertOptions>();
  verb->add_option("FILE", options->file, "Results (HDF5)")->required();
  verb->add_option("--to", options->format,
                   fmt::format("Format: {}; default: by the extension of -o", fmt::join(output_format_names(), ", ")))
      ->type_name("FORMAT");
  verb->add_option("-o,--output", options->output, "File to write; default: standard output")->type_name("OUT");
  verb->footer(kExample);
  verb->callback([options, &action] { action = [options] { return convert(*options); }; });
}

}  // namespace longhaul
