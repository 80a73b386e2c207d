#pragma once
#include <string>
#include <vector>

#include "results/pair_matrix.hpp"
#include "topologies/units.hpp"

namespace longhaul {

/// Hosts among which every pair that was measured reaches a floor.
struct HostGroup {
  std::vector<std::string> hosts, left_out;
  bool exact = true;  ///< false: too many hosts to be sure that no larger group exists
};

/// The largest such group: as few hosts as possible left out, so that of each pair below the floor one is gone. Exact
/// by branch and bound; where that takes too long, hosts with the most pairs below the floor are left out first.
HostGroup largest_group(const PairMatrix& matrix, BytesPerSecond floor);

/// A line for each WAN setting of a file's pairwise pattern (alone, else together) at its largest size: "6 of 8 hosts
/// reach 40 GB/s pair by pair at native; without gpu-a3, gpu-b7".
/// @throws UsageError when the file has no pairwise pattern
std::vector<std::string> groups_text(const Results& results, BytesPerSecond floor);

}  // namespace longhaul
