// Two verbs that only the shell's completion and the build call: `complete` and `manual`. Both walk the program's own
// options, so neither can go stale.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "collectives/vocabulary.hpp"
#include "harness/cli/commands.hpp"
#include "harness/completion.hpp"
#include "harness/manual.hpp"
#include "topologies/load.hpp"
#include "topologies/share.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

std::vector<std::string> plan_names() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(share_folder() / "plans"))
    if (file.path().extension() == ".yaml") names.push_back(file.path().stem().string());
  std::ranges::sort(names);
  return names;
}

/// Closed lists that the parser does not declare, since the rooms below check these values with better messages.
std::vector<std::string> known_values(const std::string& option) {
  static const std::map<std::string, std::vector<std::string> (*)()> lists{
      {"--plan", plan_names},           {"--topology", catalogue_names},   {"TOPOLOGY", catalogue_names},
      {"NAME", catalogue_names},        {"--collective", operation_names}, {"--type", data_type_names},
      {"--reduce-op", reduce_op_names}, {"--algorithm", algorithm_names},  {"--mode", mode_names}};
  const auto found = lists.find(option);
  return found == lists.end() ? std::vector<std::string>{} : found->second();
}

/// CLI11 shows a closed list as "TEXT:{csv,json}".
std::vector<std::string> declared_values(const std::string& type) {
  const auto open = type.find('{'), close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return {};
  return split(type.substr(open + 1, close - open - 1), ',');
}

OptionText describe(const CLI::Option& option) {
  OptionText text;
  for (const auto& name : option.get_snames()) text.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) text.names.push_back("--" + name);
  text.positional = text.names.empty();
  if (text.positional) text.names.push_back(option.get_name(true));
  const auto type = option.get_type_name();
  const bool takes_value = option.get_items_expected_max() > 0;
  if (takes_value) text.value = type.empty() ? "VALUE" : type.substr(0, type.find(':'));
  text.help = option.get_description();
  text.choices = declared_values(type);
  if (text.choices.empty()) text.choices = known_values(text.names.back());
  return text;
}

/// An empty group hides: these two verbs, and options that are not for people.
VerbText describe(const CLI::App& app) {
  VerbText text{app.get_name(), app.get_description(), app.get_footer(), {}, {}};
  for (const auto* option : app.get_options())
    if (!option->get_group().empty()) text.options.push_back(describe(*option));
  for (const auto* verb : app.get_subcommands(nullptr))
    if (!verb->get_group().empty()) text.verbs.push_back(describe(*verb));
  return text;
}

}  // namespace

void add_describe_commands(CLI::App& program, Action& action) {
  auto* completion = program.add_subcommand("complete", "Print what may stand at the cursor (for shells)")->group("");
  auto words = std::make_shared<std::vector<std::string>>();
  completion->add_option("WORDS", *words, "The words after the program's name, after --");
  completion->callback([&program, &action, words] {
    action = [&program, words] {
      for (const auto& word : complete(describe(program), *words)) fmt::print("{}\n", word);
      return 0;
    };
  });
  auto* manual = program.add_subcommand("manual", "Print the manual page in roff (for the build)")->group("");
  manual->callback([&program, &action] {
    action = [&program] {
      fmt::print("{}", manual_page(describe(program), LONGHAUL_VERSION));
      return 0;
    };
  });
}

}  // namespace longhaul
