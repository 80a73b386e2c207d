#pragma once
#include <nccl.h>

#include <cstddef>

namespace longhaul::doubles {

std::size_t size_of(ncclDataType_t type);
/// into = into ∘ from, by the vendor's own conversions of small floats.
void combine(void* into, const void* from, std::size_t count, ncclDataType_t type, ncclRedOp_t op);
/// What ncclAvg does to each rank's floats before the sum: times 1/n rounded to the type. Integers are left alone.
void premultiply(void* data, std::size_t count, ncclDataType_t type, int ranks);
/// … and to integers after it: divided by n.
void postdivide(void* data, std::size_t count, ncclDataType_t type, int ranks);

}  // namespace longhaul::doubles
