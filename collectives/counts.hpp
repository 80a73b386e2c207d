#pragma once
#include <cstddef>

#include "collectives/vocabulary.hpp"

namespace longhaul {

/// Element counts of one rank for an operation of size S over n ranks. Sizes that do not divide are rounded down to
/// what does, as nccl-tests does; `moved` is the size that results, and what bandwidth is computed from.
struct Counts {
  std::size_t send = 0;     ///< elements in the send buffer
  std::size_t receive = 0;  ///< elements in the receive buffer
  std::size_t count = 0;    ///< the count argument of the call: per-rank share for all_gather, reduce_scatter, all_to_all
  Bytes moved;              ///< max(send, receive) × size of the type
};

Counts counts_of(Operation operation, Bytes size, DataType type, int ranks);

/// algbw = S/t. Zero where S is 0.
BytesPerSecond algorithm_bandwidth(Bytes moved, Duration time);

/// all_reduce 2(n−1)/n; all_gather, reduce_scatter, all_to_all (n−1)/n; broadcast, reduce, send_recv 1; and 0 for one
/// rank except 1 where the factor does not depend on n. Source: NVIDIA nccl-tests, doc/PERFORMANCE.md.
double bus_factor(Operation operation, int ranks);

/// busbw = algbw × factor: what a link on the busiest path must carry, independent of the number of ranks.
BytesPerSecond bus_bandwidth(Operation operation, BytesPerSecond algbw, int ranks);

/// Least bytes, one direction, that must leave a site so that the operation can be done at all (a lower bound of the
/// wire rate where no counter tells): all_reduce S, all_gather (ranks in the site)/n × S, … for the busiest site.
Bytes least_bytes_between_sites(Operation operation, Bytes moved, int ranks_in_site, int ranks);

}  // namespace longhaul
