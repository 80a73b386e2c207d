#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "kernels/averaging.hpp"
#include "kernels/data_type.hpp"

namespace longhaul {

/// The first element that differs from what an operation must deliver, and how many differ.
struct Mismatch {
  std::size_t offset = 0;  ///< element
  double expected = 0, got = 0;
  std::size_t wrong = 0;  ///< how many elements differ
};

/// Compare `count` elements bit by bit with the copied pattern of one rank, from element `first` of its data on.
/// Offsets in the answer count from `data`.
std::optional<Mismatch> verify_copied(const void* data, DataType type, std::size_t count, int rank, std::uint64_t first,
                                      unsigned round);

/// Compare `count` elements with the reduction of `ranks` ranks' contributions, from element `first` on. Bit by bit,
/// except where avg_bound is above 0: there |got − expected| ≤ avg_bound · expected.
std::optional<Mismatch> verify_reduced(const void* data, DataType type, std::size_t count, ReduceOp op, int ranks,
                                       std::uint64_t first, unsigned round,
                                       Averaging averaging = Averaging::divides_once);

/// Largest relative error of avg against fl(sum/n), for our values. 0 where it is exact:
///  - integers (a library that divides once; ours and NCCL do) and n a power of two (1/n and all products are exact);
///  - floats of 8 and 16 bits: the pattern keeps every step exact (kernels/pattern.hpp);
///  - divides_once: the sum is an exact integer (kernels/pattern.hpp) and division rounds once, to fl(sum/n) itself.
/// premultiplies, n not a power of two: with u = 2⁻²⁴ (float32) or 2⁻⁵³ (float64), each term is x·fl(1/n) rounded: two
/// factors (1+δ), |δ| ≤ u; each passes through at most n−1 additions in any order: n−1 more factors. All terms are
/// positive, so that the sum's relative error is within γ(n+1) = (n+1)u / (1 − (n+1)u) of sum/n; fl(sum/n), which we
/// compare with, is within u of it. The bound is γ(n+2). Source of γ: N. Higham, Accuracy and Stability of Numerical
/// Algorithms, 2nd ed., §3.1, §4.2.
double avg_bound(DataType type, int ranks, Averaging averaging);

}  // namespace longhaul
