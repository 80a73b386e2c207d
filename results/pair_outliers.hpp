#pragma once
#include <vector>

#include "results/diagnosis.hpp"

namespace longhaul {

/// Hosts, NICs and pairs of hosts that stand out in a pairwise pattern, at its largest size.
///
/// A host is named where it is slower than the others of its site over most of its WAN settings. Its NIC is, where
/// small messages are as fast as anyone's; contention, where it is slow only while other pairs exchange. Where hosts
/// have several ranks, each of which may have a NIC to itself, a rank is named that is slow on a host that is not, and
/// ranks instead of their host where they are half of it; with its device, where no other rank of its host has that. A
/// pair is named by exchanges alone: together, pairs that share a link's member slow each other down.
std::vector<Outlier> pair_outliers(const Results& results);

}  // namespace longhaul
