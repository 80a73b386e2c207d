#pragma once
#include <cstdint>
#include <type_traits>

#include "kernels/data_type.hpp"
#include "kernels/host_device.hpp"
#include "kernels/small_float.hpp"

/// The values that ranks put into their send buffers, and what a reduction makes of them. Two patterns:
///
/// *Copied* data (all_gather, broadcast, all_to_all, send_recv) may be anything that its type holds exactly: a hash of
/// rank, offset and round with as many bits as fit (31 for int32, 24 for float32, 47 for 8-byte types, 14 of 16, 7 of
/// 8). A block in the wrong place, of the wrong rank or of another round differs in nearly every element.
///
/// *Reduced* data must come out the same in whatever order a library adds it. Rank r's value at an offset is a small
/// integer f(op, r, cell), where the cell, 0 … 255, comes of the offset and the round: equal inputs at equal cells, so
/// that the result of all ranks is a table of 256 entries, computed once, and verification costs one look-up an
/// element, however many ranks there are. A run of 64 elements takes neighbouring cells from a hashed one on:
/// processors copy and compare it as a stretch of the table, at the speed of memory. Data that strays by elements, runs
/// or rounds meets other cells: within a run and between neighbouring rounds always, elsewhere 255 times in 256 runs.
/// Types of 32 and 64 bits:
///   sum, avg  1 … 256. Sums of n ranks, and all partial sums, are integers ≤ 256·n, exact in float32 (integers to 2²⁴)
///             up to n = 65,536 ranks: `max_summed_ranks`.
///   prod      rank 0: ±1, ±3, … ±127; ranks 1–15: ±1 or ±2; the others ±1. Every partial product is an integer below
///             127·2¹⁵ < 2²⁴: exact in every type for any number of ranks.
///   min, max  256·f(cell) + 0 … 255 by rank: the common part tells offsets and rounds apart even where so many ranks
///             take part that the least of them is the same everywhere; the rest tells which rank's contribution won.
///             No rounding.
/// Types of 8 and 16 bits hold integers to `capacity` only (2048 float16, 256 bfloat16, 16 e4m3, 8 e5m2; 64 is used of
/// int8 and uint8), so that what ranks contribute depends on how many they are:
///   sum       at most capacity/2 ranks contribute to a cell, ±1 … ±capacity/ranks each, the others 0: no partial sum
///             in any order exceeds the capacity, so that none is rounded.
///   avg       integers as sum. Floats: two ranks contribute the same power of two, the others 0. Times a rounded 1/n
///             it stays exact, the two add exactly, and zeros change nothing: bit for bit the same in any order, for a
///             library that multiplies first and for one that divides last (kernels/table.hpp).
///   prod      as above, with fewer factors: rank 0 to ±7 and six doubling ranks in 8 bits (7·2⁶ = 448, the greatest
///             e4m3), ±127 and nine in float16 (127·2⁹ < 65504). Integers wrap, alike in any order.
///   min, max  any positive values of the type, by their bits.
/// No value is negative zero, NaN or subnormal; every exact result can be compared bit by bit.
namespace longhaul::pattern {

constexpr int cells = 256;
constexpr int max_summed_ranks = 65536;

/// Mixes 32 bits so that each output bit depends on each input bit (a multiply-xorshift finaliser).
LONGHAUL_HOST_DEVICE constexpr std::uint32_t mix(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  x ^= x >> 16;
  return x;
}

/// 64-bit offsets in 32 bits; offsets less than 2³² apart stay apart.
LONGHAUL_HOST_DEVICE constexpr std::uint32_t fold(std::uint64_t offset) {
  return static_cast<std::uint32_t>(offset) + static_cast<std::uint32_t>(offset >> 32) * 0x9e3779b1U;
}

/// What a rank's copied values of one round have in common.
LONGHAUL_HOST_DEVICE constexpr std::uint32_t seed(std::uint32_t rank, std::uint32_t round) {
  return mix(rank * 0x9e3779b1U + mix(round + 0x51ed270bU));
}

/// The copied value at an offset folded to 32 bits, for a seed. Small ones are positive: never the poison.
template <class T>
LONGHAUL_HOST_DEVICE constexpr T copied(std::uint32_t seed, std::uint32_t folded_offset) {
  const std::uint32_t hash = mix(folded_offset ^ seed);
  if constexpr (is_small_float<T> && sizeof(T) == 1)
    return T::from_bits((hash >> 25) * 15 / 16);  // below the greatest exponent
  else if constexpr (is_small_float<T>)
    return T::from_bits(hash >> 18);
  else if constexpr (sizeof(T) == 1)
    return static_cast<T>(hash >> 25);
  else if constexpr (std::is_same_v<T, float>)
    return static_cast<T>(static_cast<std::int32_t>(hash >> 8));
  else if constexpr (sizeof(T) == 8)
    return static_cast<T>(static_cast<std::int32_t>(hash >> 1)) * T{65537};  // both halves of the word differ
  else
    return static_cast<T>(hash >> 1);
}

/// Elements that take neighbouring cells.
constexpr std::uint32_t run = 64;

/// Which of the 256 cells an element falls into. Rounds are 77 cells apart: more than a run, and no divisor of 256, so
/// that a round meets its own cells again 256 rounds later.
LONGHAUL_HOST_DEVICE constexpr std::uint32_t cell(std::uint32_t folded_offset, std::uint32_t round) {
  return (mix(folded_offset / run) + folded_offset + 77 * round) & (cells - 1);
}

/// The value that a rank contributes to a reduction at a cell, in types of 32 and 64 bits.
constexpr std::int32_t reduced(ReduceOp op, std::uint32_t rank, std::uint32_t cell) {
  const std::uint32_t hash = mix(rank * cells + cell + 0x2545f491U);
  const std::int32_t low = static_cast<std::int32_t>(hash & 255U);
  switch (op) {
    case ReduceOp::sum:
    case ReduceOp::avg: return 1 + low;
    case ReduceOp::min:
    case ReduceOp::max: return static_cast<std::int32_t>(mix(cell + 1) & 255U) * 256 + low;
    case ReduceOp::prod: break;
  }
  const std::int32_t sign = (hash & 256U) != 0 ? -1 : 1;
  if (rank == 0) return sign * ((low & 127) | 1);
  if (rank < 16) return sign * (1 + (low & 1));
  return sign;
}

}  // namespace longhaul::pattern
