#pragma once
#include <cstddef>

#include "collectives/vocabulary.hpp"

namespace longhaul {

/// Element counts of one rank for an operation of size S over n ranks. S is rounded down to whole elements, and where
/// each rank has a share of it (all_gather, reduce_scatter, all_to_all) to a multiple of n elements; `moved` is the
/// size that results, and what bandwidth is computed from. nccl-tests rounds in the same direction but its newer
/// versions to 16 bytes a share, which leaves nothing of 16 B over 4 ranks; from 16·n bytes on, powers of two agree.
struct Counts {
  std::size_t send = 0;     ///< elements in the send buffer
  std::size_t receive = 0;  ///< elements in the receive buffer
  std::size_t count = 0;  ///< the count argument of the call: per-rank share for all_gather, reduce_scatter, all_to_all
  Bytes moved;            ///< max(send, receive) × size of the type
};

/// @param ranks  ≥ 1; one rank and 0 bytes are defined (all counts 0, or all elements its own)
/// @throws UsageError below one rank
Counts counts_of(Operation operation, Bytes size, DataType type, int ranks);

/// algbw = S/t. Zero where S is 0 or the time is.
BytesPerSecond algorithm_bandwidth(Bytes moved, Duration time);

/// all_reduce 2(n−1)/n; all_gather, reduce_scatter, all_to_all (n−1)/n; broadcast, reduce, send_recv 1; and 0 for one
/// rank except 1 where the factor does not depend on n. Source: NVIDIA nccl-tests, doc/PERFORMANCE.md.
double bus_factor(Operation operation, int ranks);

/// busbw = algbw × factor: what a link on the busiest path must carry, independent of the number of ranks.
BytesPerSecond bus_bandwidth(Operation operation, BytesPerSecond algbw, int ranks);

/// Least bytes that must leave one site, one direction, for the operation to be done at all, whatever the algorithm: a
/// lower bound of the wire rate where no counter tells. With r of n ranks in the site:
///   all_reduce      S           its partial result
///   reduce          S           its partial result (a site without the root)
///   broadcast       S           the root's data (the root's site)
///   send_recv       S           at least one ring neighbour is outside
///   all_gather      S·r/n       its ranks' blocks
///   reduce_scatter  S·(n−r)/n   partial results for all shares outside
///   all_to_all      S·r·(n−r)/n each of its ranks has a share for each rank outside
/// 0 where the site holds all ranks. The cut's busiest site is the one for which this is largest.
/// @param moved  Counts::moved
/// @throws UsageError unless 1 ≤ ranks_in_site ≤ ranks
Bytes least_bytes_between_sites(Operation operation, Bytes moved, int ranks_in_site, int ranks);

}  // namespace longhaul
