#include "collectives/observation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <sstream>

namespace longhaul {

std::string joined_words(const std::vector<std::string>& lists) {
  std::set<std::string> words;
  for (const auto& list : lists) {
    std::istringstream stream(list);
    for (std::string word; std::getline(stream, word, ',');)
      if (!word.empty() && word != "unknown") words.insert(word);
  }
  return words.empty() ? "unknown" : fmt::format("{}", fmt::join(words, ","));
}

}  // namespace longhaul
