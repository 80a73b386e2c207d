#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <system_error>

#include "harness/cli/commands.hpp"
#include "harness/cli/print_results.hpp"
#include "results/imported.hpp"
#include "results/imported_lines.hpp"
#include "results/merge.hpp"
#include "results/output.hpp"
#include "results/store.hpp"
#include "topologies/durable_file.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr const char* kConvertExample =
    "Examples:\n"
    "  longhaul convert run.h5 --to nccl-tests\n"
    "  longhaul convert run.h5 -o run.csv\n"
    "  longhaul convert run.h5 --to json | jq '.points[] | select(.converged | not) | .key'\n"
    "  longhaul convert all_reduce.log.gz -o theirs.h5\n"
    "  longhaul convert --merge monday.h5 tuesday.h5 -o both.h5";

struct ConvertOptions {
  std::vector<std::string> files;
  std::string format;  ///< empty: by the extension of `output`
  std::string output;  ///< empty: stdout
  std::string collective;
  int ranks = 0;
  bool merge = false;
};

bool is_results_name(const std::string& file) { return std::filesystem::path(file).extension() == ".h5"; }

/// As given, or what the name of the output says.
OutputFormat format_of(const ConvertOptions& options) {
  if (!options.format.empty()) return parse_output_format(options.format);
  if (options.output.empty())
    throw UsageError("to what? Give --to FORMAT (one of {})", fmt::join(output_format_names(), ", "));
  if (const auto format = output_format_of(options.output)) return *format;
  throw UsageError(
      "'{}' has no extension that says a format (.h5, .csv, .json, .md, .txt); give --to FORMAT (one of {})",
      options.output, fmt::join(output_format_names(), ", "));
}

/// What other tools wrote is text or gzip; whatever else it is, the reader of results says best what is wrong with it.
bool is_foreign(const std::string& file) {
  char head[8] = {};
  std::ifstream stream(file, std::ios::binary);
  stream.read(head, sizeof head);
  const auto seen = without_byte_order_mark({head, static_cast<std::size_t>(stream.gcount())});
  if (seen.starts_with("\x1f\x8b")) return true;
  return !seen.empty() && seen.find('\0') == std::string_view::npos &&
         std::all_of(seen.begin(), seen.end(),
                     [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t'; });
}

void tell_skipped(const std::string& file, const Imported& imported) {
  for (const auto& lines : imported.skipped)
    fmt::print(
        stderr, "convert: {}:{}: skipped: {}\n", file,
        lines.first == lines.last ? fmt::format("{}", lines.first) : fmt::format("{}-{}", lines.first, lines.last),
        lines.why);
}

/// A copy of a file, whatever its name, is no other run.
void tell_copies(const std::vector<std::string>& files, const std::vector<Results>& all) {
  std::map<std::string, std::string> file_of;
  for (std::size_t i = 0; i < files.size(); ++i)
    for (const auto& launch : all[i].launches)
      if (const auto [known, is_new] = file_of.try_emplace(launch.id, files[i]); !is_new && !launch.id.empty()) {
        fmt::print(stderr, "convert: {} holds the same launch as {}: it counts once\n", files[i], known->second);
        break;
      }
}

Results read_any(const std::string& file, const ConvertOptions& options) {
  if (!is_foreign(file)) return read_results(file);
  const auto imported = import_text(
      read_packed(file), {std::filesystem::path(file).filename().string(), options.collective, options.ranks});
  tell_skipped(file, imported);
  return imported.results;
}

Results read_all(const ConvertOptions& options) {
  if (options.files.size() > 1 && !options.merge)
    throw UsageError("{} files make one only with --merge", options.files.size());
  if (options.files.size() == 1) return read_any(options.files.front(), options);
  std::vector<Results> all;
  for (const auto& file : options.files) all.push_back(read_any(file, options));
  tell_copies(options.files, all);
  return merge(all);
}

void refuse_overwriting(const ConvertOptions& options) {
  std::error_code none;
  for (const auto& file : options.files)
    if (std::filesystem::equivalent(file, options.output, none))
      throw UsageError("-o {} would overwrite the results it is made from; name another file", options.output);
}

int convert(const ConvertOptions& options) {
  const bool to_results = options.format.empty() && is_results_name(options.output);
  const auto format = to_results ? OutputFormat::table : format_of(options);
  refuse_overwriting(options);
  if (to_results && std::filesystem::exists(options.output))
    throw UsageError("'{}' exists; choose another file with -o", options.output);
  const auto results = read_all(options);
  if (options.output.empty()) {
    print_text(render(results, format));
    return 0;
  }
  if (to_results) {
    write_results(options.output, results);
  } else {
    const auto text = render(results, format);
    write_durably(options.output, std::as_bytes(std::span(text)));
  }
  fmt::print(stderr, "convert: {}\n", options.output);
  return 0;
}

}  // namespace

void add_convert_command(CLI::App& program, Action& action) {
  auto* verb = program.add_subcommand("convert", "Exchange results with other tools, or join files");
  auto options = std::make_shared<ConvertOptions>();
  verb->add_option("FILE", options->files, "Results (HDF5), or nccl-tests' text or JSON or OSU's text, gzipped or not")
      ->required();
  verb->add_option("--to", options->format,
                   fmt::format("Format: {}; default: by the extension of -o", fmt::join(output_format_names(), ", ")))
      ->type_name("FORMAT");
  verb->add_option("-o,--output", options->output, "File to write, .h5 for results; default: standard output")
      ->type_name("OUT");
  verb->add_flag("--merge", options->merge, "Join several files into one, launch by launch");
  verb->add_option("--collective", options->collective, "Of a text that does not name it")->type_name("NAME");
  verb->add_option("--ranks", options->ranks, "Of a text that does not count them")
      ->check(CLI::Range(1, 1 << 20))
      ->type_name("N");
  verb->footer(kConvertExample);
  verb->callback([options, &action] { action = [options] { return convert(*options); }; });
}

}  // namespace longhaul
