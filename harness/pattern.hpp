#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collectives/vocabulary.hpp"

namespace longhaul {

/// Who exchanges with whom, instead of a collective over all ranks: what tells one host, NIC or pair from the rest.
enum class Pattern {
  pairwise_together,  ///< every pair once, as many at a time as there are disjoint ones: a round-robin tournament
  pairwise_alone,     ///< every pair once, one at a time: nobody else's traffic is in the way
  bisection,          ///< each rank of one half with one of the other, all at once; halves follow the sites
  ring_neighbours,    ///< each rank with the next, in rank order: half of the ring at a time
};

/// "pairwise-together", … As stored in a point's settings.
std::string name_of(Pattern pattern);
/// A name as users type it; "pairwise" is both kinds.
/// @throws UsageError naming what there is
std::vector<Pattern> parse_patterns(std::string_view name);
/// The names that users type.
std::vector<std::string> pattern_names();

/// The pattern a point is of; absent for a collective's.
std::optional<Pattern> pattern_of(const Point& point);

/// What a point asks of its communicator (NcclSettings as text): a pattern's name is nothing to a library.
std::string library_settings(const Point& point);

/// Ranks of one pair, the lower first.
using RankPair = std::pair<int, int>;
/// Disjoint pairs that exchange at once.
using Step = std::vector<RankPair>;

/// The steps of one pass. No pair is met twice in a pass, and no rank twice in a step.
/// @param site_of_rank  for the bisection
std::vector<Step> schedule(Pattern pattern, const std::vector<int>& site_of_rank);

}  // namespace longhaul
