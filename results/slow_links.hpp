#pragma once
#include <span>
#include <string>
#include <vector>

#include "results/diagnosis.hpp"
#include "topologies/model.hpp"

namespace longhaul {

/// How much longer than configured the round trip between two sites is, s.
struct PairExcess {
  std::string site_a, site_b;
  double excess = 0;
  bool is_long = false;  ///< beyond what a busy machine does
};

/// The fewest links that explain every pair that is long: each lies on its way by the topology, and on none of a pair
/// that is not (whose excess is less than half of theirs). Links that all the same pairs cross are named together. A
/// pair that no link explains, or whose sites the topology does not have, is named itself.
std::vector<Outlier> slow_links(const Topology& topology, std::span<const PairExcess> pairs);

/// A long pair by itself, where there is no topology to go by.
Outlier slow_pair(const PairExcess& pair);

}  // namespace longhaul
