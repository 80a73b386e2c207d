#pragma once
#include <array>
#include <cstdint>

#include "kernels/averaging.hpp"
#include "kernels/data_type.hpp"
#include "kernels/element.hpp"
#include "kernels/small_pattern.hpp"

namespace longhaul::pattern {

/// One value for each cell of the pattern. Not std::array: kernels take it by value.
template <class T>
struct Table {
  T values[cells];
  LONGHAUL_HOST_DEVICE constexpr const T& operator[](std::uint32_t cell) const { return values[cell]; }
  constexpr T& operator[](std::uint32_t cell) { return values[cell]; }
  constexpr const T* begin() const { return values; }
  constexpr const T* end() const { return values + cells; }
};

/// What one of `ranks` ranks contributes.
template <class T>
Table<T> contribution(ReduceOp op, std::uint32_t rank, std::uint32_t ranks) {
  Table<T> table{};
  for (std::uint32_t at = 0; at < cells; ++at) {
    if constexpr (sizeof(T) <= 2)
      table[at] = small_contribution<T>(op, rank, ranks, at);
    else
      table[at] = static_cast<T>(reduced(op, rank, at));
  }
  return table;
}

/// The last step of avg. Sums of small floats are t or 2t, t a power of two, so that t · fl(1/n) is as exact as t is.
template <class T>
constexpr T averaged(T sum, std::uint32_t ranks, Averaging averaging) {
  if constexpr (is_small_float<T>) {
    if (averaging == Averaging::premultiplies)
      return T(static_cast<float>(sum) * static_cast<float>(T(1.0F / static_cast<float>(ranks))));
  }
  return element::divide(sum, static_cast<int>(ranks));
}

/// What the reduction of ranks 0 … ranks−1 delivers. avg: the exact sum divided once, in T (integers toward zero).
template <class T>
Table<T> result(ReduceOp op, std::uint32_t ranks, Averaging averaging = Averaging::divides_once) {
  Table<T> table = contribution<T>(op, 0, ranks);
  for (std::uint32_t rank = 1; rank < ranks; ++rank) {
    const Table<T> other = contribution<T>(op, rank, ranks);
    for (std::uint32_t at = 0; at < cells; ++at) table[at] = element::combine(op, table[at], other[at]);
  }
  if (op == ReduceOp::avg)
    for (std::uint32_t at = 0; at < cells; ++at) table[at] = averaged(table[at], ranks, averaging);
  return table;
}

}  // namespace longhaul::pattern
