#pragma once
#include <cstddef>

#include "kernels/data_type.hpp"

namespace longhaul {

/// into[i] = into[i] ∘ from[i], in the type itself: what a library does that has the type, for one that lacks it (MPI
/// and the floats of 8 and 16 bits). avg adds; divide() is its last step. The two do not overlap.
void reduce(void* into, const void* from, DataType type, std::size_t count, ReduceOp op);

/// into[i] = a[i] ∘ b[i], in one pass. None of the three overlap.
void reduce(void* into, const void* a, const void* b, DataType type, std::size_t count, ReduceOp op);

}  // namespace longhaul
