#pragma once
#include <algorithm>
#include <cstddef>
#include <random>
#include <set>
#include <tuple>
#include <vector>

namespace longhaul::test {

/// A combination of axes: the index of the value on each.
using Combination = std::vector<int>;

/// As few of the combinations as a greedy choice finds, in which every pair of values of two axes that occurs in any
/// combination occurs. Faults that two settings together bring about are found by these; D. Cohen et al.: The AETG
/// System, IEEE TSE 23(7), 1997. The same for the same input.
inline std::vector<Combination> pairwise(const std::vector<Combination>& all) {
  using Pair = std::tuple<std::size_t, int, std::size_t, int>;
  const auto pairs_of = [](const Combination& one) {
    std::vector<Pair> pairs;
    for (std::size_t a = 0; a < one.size(); ++a)
      for (std::size_t b = a + 1; b < one.size(); ++b) pairs.emplace_back(a, one[a], b, one[b]);
    return pairs;
  };
  std::set<Pair> uncovered;
  for (const auto& one : all)
    for (const auto& pair : pairs_of(one)) uncovered.insert(pair);
  std::vector<Combination> chosen, shuffled = all;
  std::mt19937 random(1);
  std::shuffle(shuffled.begin(), shuffled.end(), random);
  constexpr std::size_t looked_at = 400;
  for (std::size_t next = 0; !uncovered.empty();) {
    std::size_t most = 0;
    const Combination* best = nullptr;
    // At least one that helps, among as many as it takes.
    for (std::size_t i = 0; i < shuffled.size() && (i < looked_at || best == nullptr); ++i) {
      const auto& one = shuffled[(next + i) % shuffled.size()];
      std::size_t gain = 0;
      for (const auto& pair : pairs_of(one)) gain += uncovered.count(pair);
      if (gain > most) most = gain, best = &one;
    }
    next += looked_at;
    for (const auto& pair : pairs_of(*best)) uncovered.erase(pair);
    chosen.push_back(*best);
  }
  return chosen;
}

}  // namespace longhaul::test
