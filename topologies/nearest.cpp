#include "topologies/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace longhaul {
namespace {

char folded(char letter) { return static_cast<char>(std::tolower(static_cast<unsigned char>(letter))); }

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment); case does not count.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = folded(a[i - 1]) == folded(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      const bool swapped =
          i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t longest_name = 200;  // a longer word is no misspelt name, and the distance takes quadratic time
  if (word.size() > longest_name) return {};
  std::string best;
  std::size_t best_distance = longest_name;
  for (const auto& candidate : candidates) {
    const auto distance = edit_distance(word, candidate);
    const bool close = 3 * distance <= std::max(word.size(), candidate.size());
    if (close && distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const auto meant = nearest(word, candidates);
  return meant.empty() ? "" : fmt::format("did you mean '{}'? ", meant);
}

}  // namespace longhaul
