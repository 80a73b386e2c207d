#pragma once
#include <vector>

#include "results/tables.hpp"

namespace longhaul {

/// Several files as one: launches one after the other, points matched by their whole key, visits and samples kept, each
/// point summed up anew. A launch that two files hold (the same id) counts once. The interval is that of a sweep that
/// was never looked at in between.
/// @throws UsageError when two files' points of one key differ in what the key does not tell (bytes moved; conditions,
/// see first_difference)
Results merge(const std::vector<Results>& files);

}  // namespace longhaul
