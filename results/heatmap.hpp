#pragma once
#include <string>

#include "results/pair_matrix.hpp"

namespace longhaul {

/// Pairs of hosts as a square of rates for a terminal, unit in the head; a pair that is 10 % or more below the median
/// of its two sites carries a mark. With more hosts than fit, a letter a pair in place of its rate.
std::string heatmap(const PairMatrix& matrix);

/// All of a file, under their patterns' names; empty where there are none.
std::string heatmaps(const Results& results);

}  // namespace longhaul
