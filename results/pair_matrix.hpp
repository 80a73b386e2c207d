#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "results/tables.hpp"

namespace longhaul {

/// What stands for a row of the matrix: a host, its ranks taken together by the median of their pairs; or one of its
/// ranks, which may have a NIC to itself. Ranks of one host exchange without it: no pairs.
enum class Grain { host, rank };

/// What pairs of hosts (or ranks) did in one point of a pattern.
struct PairMatrix {
  PointRow point;
  std::vector<std::string> hosts;         ///< of each row, in rank order of the first launch, then those of later ones
  std::vector<std::string> sites;         ///< of each row
  std::vector<std::int32_t> local_ranks;  ///< of each row; empty where rows are hosts
  std::vector<std::vector<double>> by_visit;  ///< visit → rows × rows, s of one way; NaN where a pair did not meet
  std::vector<std::vector<double>> least;     ///< the same, the least of the visit's passes: what the pair can do

  std::size_t size() const { return hosts.size(); }
  /// "gpu-b07", or "local rank 1 of gpu-b07".
  std::string name(std::size_t row) const;
  /// Median over visits, s; NaN where a pair never met.
  double time(std::size_t a, std::size_t b) const;
  /// Bytes per second one way.
  double rate(std::size_t a, std::size_t b) const;
};

/// One for each point that has rows in /exchanges, in order of points, all of the same rows. Visits whose WAN was not
/// felt are left out.
std::vector<PairMatrix> pair_matrices(const Results& results, Grain grain = Grain::host);

}  // namespace longhaul
