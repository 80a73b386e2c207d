#pragma once
#include <cstddef>

#include "collectives/mpi/lane.hpp"

namespace longhaul::mpi {

/// All-reduce of `data` in place over a lane with one rank of each site, every step of which crosses the WAN. So it
/// spends bytes to save crossings: each rank sends straight to each other, and all combine in site order, so that all
/// get the same bits.
///
///   two sites, or up to `one_crossing_bytes`: everyone's whole data to everyone     1 crossing,  (k−1)·S bytes out
///   else: piece j to site j, combine, result of the own piece to everyone           2 crossings, 2(k−1)/k·S bytes out
///
/// For two sites the first is best at any size: S bytes out either way. For comparison, a ring has 2(k−1) crossings.
/// @param count  at most INT_MAX
void all_reduce_across(const Lane& sites, void* data, std::size_t count, DataType type, ReduceOp op,
                       std::size_t one_crossing_bytes, Scratch& scratch);

}  // namespace longhaul::mpi
