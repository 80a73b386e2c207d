#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "collectives/counts.hpp"
#include "collectives/vocabulary.hpp"
#include "kernels/verify.hpp"

namespace longhaul {

/// What a stretch of a buffer holds, in terms of the patterns of kernels/pattern.hpp. Every Device fills and checks by
/// this.
struct Stretch {
  std::size_t begin = 0, count = 0;  ///< elements of the buffer
  int rank = 0;                      ///< whose data: the contributor's; unused where it is the result of all ranks
  std::uint64_t first = 0;           ///< the element of that rank's send buffer (or of the reduction) it begins with
  bool operator==(const Stretch&) const = default;
};

/// What rank puts into its send buffer: elements 0, 1, … of its own data, copied or reduced by operation.
Stretch input(const Counts& counts, int rank);

/// What rank's receive buffer must hold afterwards, root 0. Results of all ranks where the operation reduces, else
/// copies of the named rank's data. Empty where the operation gives this rank nothing (reduce, not the root).
std::vector<Stretch> expected(const Point& point, const Counts& counts, int rank);

/// How avg comes about: NCCL multiplies first where it averages itself; the hierarchical form sums, and divides once.
Averaging averaging_of(const Point& point);

}  // namespace longhaul
