#pragma once
#include <array>
#include <cstdint>

#include "kernels/data_type.hpp"
#include "kernels/pattern.hpp"

namespace longhaul::pattern {

/// One value for each cell of the pattern.
template <class T>
using Table = std::array<T, cells>;

/// What one rank contributes.
template <class T>
Table<T> contribution(ReduceOp op, std::uint32_t rank) {
  Table<T> table{};
  for (std::uint32_t at = 0; at < cells; ++at) table[at] = static_cast<T>(reduced(op, rank, at));
  return table;
}

/// One more value into a sum, product, least or greatest so far.
constexpr std::int64_t combine(ReduceOp op, std::int64_t so_far, std::int64_t value) {
  switch (op) {
    case ReduceOp::prod: return so_far * value;
    case ReduceOp::min: return value < so_far ? value : so_far;
    case ReduceOp::max: return value > so_far ? value : so_far;
    case ReduceOp::sum:
    case ReduceOp::avg: break;
  }
  return so_far + value;
}

/// What the reduction of ranks 0 … ranks−1 delivers. avg: the exact sum divided once, in T (integers toward zero).
template <class T>
Table<T> result(ReduceOp op, std::uint32_t ranks) {
  Table<T> table{};
  for (std::uint32_t at = 0; at < cells; ++at) {
    std::int64_t value = reduced(op, 0, at);
    for (std::uint32_t rank = 1; rank < ranks; ++rank) value = combine(op, value, reduced(op, rank, at));
    table[at] = op == ReduceOp::avg ? static_cast<T>(value) / static_cast<T>(ranks) : static_cast<T>(value);
  }
  return table;
}

}  // namespace longhaul::pattern
