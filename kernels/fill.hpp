#pragma once
#include <cstddef>
#include <cstdint>

#include "kernels/data_type.hpp"

namespace longhaul {

/// `count` elements of the copied pattern (kernels/pattern.hpp) of one rank and round, from element `first` of its data
/// on.
void fill_copied(void* data, DataType type, std::size_t count, int rank, std::uint64_t first, unsigned round);

/// `count` elements of what one of `ranks` ranks contributes to a reduction, from element `first` of its data on.
/// @param ranks  ≤ pattern::max_summed_ranks for sum and avg
void fill_reduced(void* data, DataType type, std::size_t count, ReduceOp op, int rank, int ranks, std::uint64_t first,
                  unsigned round);

/// Bytes that no pattern and no result contains as an element (−1515870811 as int32, −2.87e−16 as float32): what a
/// collective did not write is found.
void poison(void* data, std::size_t bytes);
constexpr unsigned char poison_byte = 0xA5;

}  // namespace longhaul
