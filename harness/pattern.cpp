#include "harness/pattern.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "topologies/error.hpp"
#include "topologies/nearest.hpp"

namespace longhaul {
namespace {

constexpr std::array<std::pair<Pattern, const char*>, 4> kPatterns{{{Pattern::pairwise_together, "pairwise-together"},
                                                                    {Pattern::pairwise_alone, "pairwise-alone"},
                                                                    {Pattern::bisection, "bisection"},
                                                                    {Pattern::ring_neighbours, "ring-neighbours"}}};
constexpr const char* kBothPairwise = "pairwise";

RankPair ordered(int a, int b) { return {std::min(a, b), std::max(a, b)}; }

/// The circle method: one rank stays, the others move on by a seat each step. With an odd number one rests.
std::vector<Step> round_robin(int ranks) {
  std::vector<int> seats(static_cast<std::size_t>(ranks));
  std::iota(seats.begin(), seats.end(), 0);
  constexpr int rests = -1;
  if (ranks % 2 != 0) seats.push_back(rests);
  std::vector<Step> steps;
  for (std::size_t turn = 0; turn + 1 < seats.size(); ++turn) {
    Step step;
    for (std::size_t i = 0; i < seats.size() / 2; ++i)
      if (const int a = seats[i], b = seats[seats.size() - 1 - i]; a != rests && b != rests)
        step.push_back(ordered(a, b));
    steps.push_back(std::move(step));
    std::rotate(seats.begin() + 1, seats.end() - 1, seats.end());
  }
  return steps;
}

std::vector<Step> one_at_a_time(const std::vector<Step>& steps) {
  std::vector<Step> single;
  for (const auto& step : steps)
    for (const auto& pair : step) single.push_back({pair});
  return single;
}

Step halves(const std::vector<int>& site_of_rank) {
  std::vector<int> order(site_of_rank.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](int rank) { return site_of_rank[static_cast<std::size_t>(rank)]; });
  Step step;
  const std::size_t half = order.size() / 2;
  for (std::size_t i = 0; i < half; ++i) step.push_back(ordered(order[i], order[i + half]));
  return step;
}

/// Every other pair of the ring, then those between; the last of an odd ring by itself.
std::vector<Step> ring(int ranks) {
  if (ranks == 2) return {{{0, 1}}};
  std::vector<Step> steps(2);
  for (int rank = 0; rank + 1 < ranks; ++rank) steps[static_cast<std::size_t>(rank % 2)].emplace_back(rank, rank + 1);
  if (ranks % 2 == 0)
    steps[1].emplace_back(0, ranks - 1);
  else
    steps.push_back({{0, ranks - 1}});
  return steps;
}

}  // namespace

std::string name_of(Pattern pattern) {
  for (const auto& [known, name] : kPatterns)
    if (known == pattern) return name;
  return {};
}

std::vector<std::string> pattern_names() {
  std::vector<std::string> names{kBothPairwise};
  for (const auto& [pattern, name] : kPatterns) names.emplace_back(name);
  return names;
}

std::vector<Pattern> parse_patterns(std::string_view name) {
  if (name == kBothPairwise) return {Pattern::pairwise_together, Pattern::pairwise_alone};
  for (const auto& [pattern, known] : kPatterns)
    if (name == known) return {pattern};
  const auto names = pattern_names();
  const auto meant = nearest(std::string(name), names);
  throw UsageError("unknown pattern '{}'; {}expected one of {}", name,
                   meant.empty() ? "" : fmt::format("did you mean '{}'? ", meant), fmt::join(names, ", "));
}

std::optional<Pattern> pattern_of(const Point& point) {
  for (const auto& [pattern, name] : kPatterns)
    if (point.settings == name) return pattern;
  return std::nullopt;
}

std::string library_settings(const Point& point) { return pattern_of(point) ? "default" : point.settings; }

std::vector<Step> schedule(Pattern pattern, const std::vector<int>& site_of_rank) {
  const auto ranks = static_cast<int>(site_of_rank.size());
  if (ranks < 2) throw UsageError("a pattern of pairs needs two ranks or more, and this run has {}", ranks);
  switch (pattern) {
    case Pattern::pairwise_together: return round_robin(ranks);
    case Pattern::pairwise_alone: return one_at_a_time(round_robin(ranks));
    case Pattern::bisection: return {halves(site_of_rank)};
    case Pattern::ring_neighbours: return ring(ranks);
  }
  return {};
}

}  // namespace longhaul
