#pragma once
#include <vector>

#include "results/diagnosis.hpp"

namespace longhaul {

/// Hosts that are late in collectives where all ranks end with the same work (all_reduce, all_gather, reduce_scatter,
/// all_to_all; latency mode): in four visits of five or more the last of all, and by a fifth of the visit's median
/// behind the host before them. Late entry (their process or clock: they began late) is told from late finish (their
/// network or memory: they began in time), by which of the two makes up most of it. From eight such visits on.
std::vector<Outlier> late_hosts(const Results& results);

}  // namespace longhaul
