#include "harness/cli/usage.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "topologies/nearest.hpp"

namespace longhaul {
namespace {

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> verbs;
  for (const auto* verb : app.get_subcommands(nullptr))
    if (!verb->get_group().empty()) verbs.push_back(verb->get_name());
  return verbs;
}

/// "--size", "-o": each way to write each option.
std::vector<std::string> options_of(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const auto* option : verb.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

/// The verb that was understood last: "longhaul gate init".
const CLI::App& deepest(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : deepest(*parsed.front());
}

std::string path_of(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : path_of(*app.get_parent()) + " " + app.get_name();
}

std::string unexpected(const CLI::App& verb, const std::vector<std::string>& words, const std::string& fallback) {
  const auto options = options_of(verb);
  for (const auto& word : words) {
    const auto name = word.substr(0, word.find('='));
    if (name.size() < 2 || name[0] != '-' || std::ranges::count(options, name) > 0) continue;
    return fmt::format("unknown option '{}'; {}see {} --help", name, did_you_mean(name, options), path_of(verb));
  }
  return fmt::format("{}; see {} --help", fallback, path_of(verb));
}

}  // namespace

std::string usage_message(const CLI::App& program, const CLI::ParseError& error,
                          const std::vector<std::string>& words) {
  const auto& verb = deepest(program);
  const auto verbs = verbs_of(program);
  const bool no_verb = &verb == &program;
  if (no_verb && words.empty())
    return fmt::format("what to do? One of {}; see longhaul --help", fmt::join(verbs, ", "));
  if (no_verb && words.front()[0] != '-')
    return fmt::format("unknown verb '{}'; {}expected one of {}", words.front(), did_you_mean(words.front(), verbs),
                       fmt::join(verbs, ", "));
  if (no_verb || error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError))
    return unexpected(verb, words, error.what());
  return fmt::format("{}; see {} --help", error.what(), path_of(verb));
}

}  // namespace longhaul
