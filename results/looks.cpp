#include "results/looks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <set>
#include <span>
#include <unordered_map>

#include "topologies/durable_file.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) lines.push_back(line);
  return lines;
}

/// The look that a line is about, where it is about this state; else 0.
int look_in(const std::string& line, const std::string& state) {
  int look = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), look);
  const auto rest = std::string_view(end, static_cast<std::size_t>(line.data() + line.size() - end));
  return error == std::errc{} && rest == " " + state ? look : 0;
}

void write_down(const std::filesystem::path& ledger, const std::string& line) {
  std::string text;
  auto lines = lines_of(ledger);
  if (std::ranges::count(lines, line) > 0) return;
  lines.push_back(line);
  for (const auto& known : lines) text += known + "\n";
  try {
    write_durably(ledger, std::as_bytes(std::span(text)));
  } catch (const EnvironmentError& error) {
    throw EnvironmentError(
        "looks are counted beside the results, so that nobody measures until it passes: {}; or copy the "
        "results to a folder of your own",
        error.what());
  }
}

}  // namespace

std::filesystem::path looks_path(const std::filesystem::path& run) { return run.string() + ".looks"; }

std::string state_of(const Results& run) {
  std::unordered_map<std::int32_t, std::string> ids, keys;
  for (const auto& launch : run.launches) ids.emplace(launch.launch, launch.id);
  for (const auto& point : run.points) keys.emplace(point.point, point.key);
  std::vector<std::string> visits;
  for (const auto& visit : run.visits)
    visits.push_back(fmt::format("{} {} {} {} {}\n", ids[visit.launch], keys[visit.point], visit.round, visit.started,
                                 visit.median));
  std::ranges::sort(visits);
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a: G. Fowler, L. C. Noll, K.-P. Vo
  for (const auto& visit : visits)
    for (const char letter : visit) hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211u;
  return fmt::format("{:016x}", hash);
}

int count_look(const std::vector<std::filesystem::path>& files, const Results& run) {
  const auto state = state_of(run);
  std::set<std::string> known;
  for (const auto& file : files)
    for (auto& line : lines_of(looks_path(file))) known.insert(std::move(line));
  int look = 0;
  for (const auto& line : known) look = std::max(look, look_in(line, state));
  if (look == 0) look = static_cast<int>(known.size()) + 1;
  for (const auto& file : files) write_down(looks_path(file), fmt::format("{} {}", look, state));
  return look;
}

}  // namespace longhaul
