#pragma once
#include <cstddef>

namespace longhaul {

/// Compute that keeps a core busy: each element takes `steps` multiply-adds, x → x/2 + 3/4, on values that stay finite.
/// To measure communication while something else computes.
void load(float* values, std::size_t count, unsigned steps);

}  // namespace longhaul
