#pragma once
#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "kernels/pattern.hpp"

/// What a rank contributes to a reduction in types of 8 and 16 bits; kernels/pattern.hpp says why.
namespace longhaul::pattern {

template <class T>
constexpr std::uint32_t capacity() {
  if constexpr (is_small_float<T>) return 1U << T::significant_bits;
  return 64;
}

/// Contributes an integer or nothing (0).
template <class T>
constexpr std::int32_t small_sum(std::uint32_t rank, std::uint32_t ranks, std::uint32_t cell) {
  constexpr std::uint32_t most = capacity<T>() / 2;  // ranks that contribute to one cell
  const std::uint32_t stride = (ranks + most - 1) / most;
  if ((rank + mix(cell)) % stride != 0) return 0;
  const std::uint32_t hash = mix(rank * cells + cell + 0x2545f491U);
  const auto value = static_cast<std::int32_t>(1 + (hash >> 8) % (capacity<T>() / std::min(ranks, most)));
  return std::is_unsigned_v<T> || (hash & 1U) == 0 ? value : -value;
}

/// Floats: two ranks contribute the same power of two, 1 … 128; of two ranks one, lest their average be what they had.
constexpr std::int32_t small_avg(std::uint32_t rank, std::uint32_t ranks, std::uint32_t cell) {
  const std::uint32_t hash = mix(cell + 0x6a09e667U), first = (hash >> 8) % ranks;
  const bool second = ranks > 2 && rank == (first + 1) % ranks;
  return rank == first || second ? 1 << (hash & 7U) : 0;
}

template <class T>
constexpr std::int32_t small_prod(std::uint32_t rank, std::uint32_t cell) {
  constexpr std::uint32_t doubling = sizeof(T) == 1 ? 6 : std::is_same_v<T, Float16> ? 9 : 15;
  const std::uint32_t hash = mix(rank * cells + cell + 0x2545f491U);
  const std::int32_t sign = (hash & 256U) != 0 ? -1 : 1;
  if (rank == 0) return sign * static_cast<std::int32_t>((hash & (sizeof(T) == 1 ? 7U : 127U)) | 1U);
  return rank <= doubling ? sign * static_cast<std::int32_t>(1 + (hash & 1U)) : sign;
}

/// A positive value by its place in the type's order; the high half by cell, the low half by rank.
template <class T>
constexpr T small_extreme(std::uint32_t rank, std::uint32_t cell) {
  const std::uint32_t low = mix(rank * cells + cell + 0x2545f491U), high = mix(cell + 1);
  if constexpr (sizeof(T) == 1) {
    const std::uint32_t place = (high & 7U) << 4 | (low & 15U);
    if constexpr (is_small_float<T>)
      return T::from_bits(8 + place * 3 / 4);  // 8 … 103: normal in both
    else
      return static_cast<T>(place);
  } else {
    return T::from_bits(0x400 + ((high & 255U) << 8 | (low & 255U)) * 3 / 8);  // 0x400 … 0x63ff: normal in both
  }
}

template <class T>
constexpr T small_contribution(ReduceOp op, std::uint32_t rank, std::uint32_t ranks, std::uint32_t cell) {
  const auto number = [](std::int32_t value) {
    if constexpr (is_small_float<T>)
      return T(static_cast<float>(value));
    else
      return static_cast<T>(value);
  };
  switch (op) {
    case ReduceOp::min:
    case ReduceOp::max: return small_extreme<T>(rank, cell);
    case ReduceOp::prod: return number(small_prod<T>(rank, cell));
    case ReduceOp::avg:
      if (is_small_float<T>) return number(small_avg(rank, ranks, cell));
      break;
    case ReduceOp::sum: break;
  }
  return number(small_sum<T>(rank, ranks, cell));
}

}  // namespace longhaul::pattern
