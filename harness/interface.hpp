#pragma once
#include <string>
#include <vector>

namespace longhaul {

/// One option or positional argument of a verb, as plain text: what `--help`, the manual page and completion show.
struct OptionText {
  std::vector<std::string> names;  ///< "-o", "--output"; the word shown ("NAME") for a positional
  std::string value;               ///< what it takes, e.g. "FILE" or "TEXT"; empty for a flag
  std::string help;
  std::vector<std::string> choices;  ///< the values it accepts, where there is a closed list
  bool positional = false;
};

/// The program, one of its verbs, or a verb of a verb (`topology show`).
struct VerbText {
  std::string name;
  std::string about;
  std::string footer;  ///< the example at the end of `--help`
  std::vector<OptionText> options;
  std::vector<VerbText> verbs;
};

}  // namespace longhaul
