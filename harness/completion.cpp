#include "harness/completion.hpp"

#include <algorithm>

#include "topologies/text.hpp"

namespace longhaul {
namespace {

const OptionText* find_option(const VerbText& verb, const std::string& name) {
  for (const auto& option : verb.options)
    if (std::ranges::find(option.names, name) != option.names.end()) return &option;
  return nullptr;
}

const VerbText* find_verb(const VerbText& verb, const std::string& name) {
  const auto found = std::ranges::find(verb.verbs, name, &VerbText::name);
  return found == verb.verbs.end() ? nullptr : &*found;
}

/// "--size=4KiB" as bash splits it, {"--size", "=", "4KiB"}, becomes {"--size", "4KiB"}.
std::vector<std::string> without_equals_signs(std::vector<std::string> words) {
  if (!words.empty() && words.back() == "=") words.emplace_back();
  std::erase(words, "=");
  return words;
}

/// Where the cursor stands: in a verb, perhaps in an option's value, perhaps past "--" in somebody else's command.
struct Place {
  const VerbText* verb;
  const OptionText* option = nullptr;  ///< whose value is being typed
  bool foreign = false;
};

Place place_of_cursor(const VerbText& program, const std::vector<std::string>& words) {
  Place place{&program};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--") return {place.verb, nullptr, true};
    if (place.option != nullptr) {
      place.option = nullptr;  // this word is its value
    } else if (words[i].starts_with('-')) {
      const auto* option = find_option(*place.verb, words[i]);
      if (option != nullptr && !option->value.empty()) place.option = option;
    } else if (const auto* verb = find_verb(*place.verb, words[i])) {
      place.verb = verb;
    }
  }
  return place;
}

/// Lists are typed with commas: what is chosen before the last one stays, and is not offered again.
std::vector<std::string> values(const OptionText& option, const std::string& typed) {
  const std::string before = typed.substr(0, typed.rfind(',') + 1);  // npos + 1 is 0
  const auto chosen = split(before, ',');
  std::vector<std::string> words;
  for (const auto& choice : option.choices)
    if (std::ranges::find(chosen, choice) == chosen.end()) words.push_back(before + choice);
  return words;
}

std::vector<std::string> verbs_and_arguments(const VerbText& verb, const std::string& typed) {
  std::vector<std::string> words;
  for (const auto& inner : verb.verbs) words.push_back(inner.name);
  for (const auto& option : verb.options)
    if (option.positional) std::ranges::copy(values(option, typed), std::back_inserter(words));
  return words;
}

std::vector<std::string> option_names(const VerbText& verb) {
  std::vector<std::string> words;
  for (const auto& option : verb.options)
    if (!option.positional) std::ranges::copy(option.names, std::back_inserter(words));
  return words;
}

/// Candidates for "--collective=all_" in one word, as zsh and fish pass it.
std::vector<std::string> joined_values(const VerbText& verb, const std::string& typed) {
  const auto equals = typed.find('=');
  const auto* option = find_option(verb, typed.substr(0, equals));
  std::vector<std::string> words;
  if (option == nullptr) return words;
  for (const auto& value : values(*option, typed.substr(equals + 1)))
    words.push_back(typed.substr(0, equals + 1) + value);
  return words;
}

std::vector<std::string> candidates(const Place& place, const std::string& typed) {
  if (place.foreign) return {};
  if (place.option != nullptr) return values(*place.option, typed);
  if (typed.starts_with('-') && typed.find('=') != std::string::npos) return joined_values(*place.verb, typed);
  if (typed.starts_with('-')) return option_names(*place.verb);
  return verbs_and_arguments(*place.verb, typed);
}

}  // namespace

std::vector<std::string> complete(const VerbText& program, std::vector<std::string> words) {
  words = without_equals_signs(std::move(words));
  if (words.empty()) words.emplace_back();
  const auto& typed = words.back();
  auto fitting = candidates(place_of_cursor(program, words), typed);
  std::erase_if(fitting, [&](const std::string& word) { return !word.starts_with(typed); });
  return fitting;
}

}  // namespace longhaul
