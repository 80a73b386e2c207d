#include "results/looks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "results/durable_file.hpp"
#include "topologies/error.hpp"

namespace longhaul {

std::filesystem::path looks_path(const std::filesystem::path& run) { return run.string() + ".looks"; }

int count_look(const std::filesystem::path& run, std::size_t visits) {
  std::vector<std::size_t> states;
  std::ifstream lines(looks_path(run));
  for (std::size_t state = 0; lines >> state;) states.push_back(state);
  const auto known = std::ranges::find(states, visits);
  if (known != states.end()) return static_cast<int>(known - states.begin()) + 1;
  states.push_back(visits);
  std::string text;
  for (const auto state : states) text += fmt::format("{}\n", state);
  try {
    write_durably(looks_path(run), std::as_bytes(std::span(text)));
  } catch (const EnvironmentError& error) {
    throw EnvironmentError(
        "looks are counted beside the results, so that nobody measures until it passes: {}; or copy the "
        "results to a folder of your own",
        error.what());
  }
  return static_cast<int>(states.size());
}

}  // namespace longhaul
