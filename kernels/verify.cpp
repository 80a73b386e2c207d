#include "kernels/verify.hpp"

#include <bit>
#include <cmath>
#include <type_traits>

#include "kernels/pattern.hpp"
#include "kernels/table.hpp"
#include "kernels/typed.hpp"

namespace longhaul {
namespace {

/// The unsigned word that holds an element's bits.
template <class T>
using Word = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

template <class T>
struct Identical {
  bool operator()(T got, T expected) const { return std::bit_cast<Word<T>>(got) == std::bit_cast<Word<T>>(expected); }
};

template <class T>
struct Within {
  T bound;
  /// Written so that a NaN is outside.
  bool operator()(T got, T expected) const { return std::abs(got - expected) <= bound * expected; }
};

/// Counts in one branch-free pass, since data is nearly always right; a second finds the first wrong element.
template <class T, class Expected, class Same>
std::optional<Mismatch> compare(const T* data, std::size_t count, const Expected& expected, const Same& same) {
  std::size_t wrong = 0;
  constexpr std::size_t stride = 1 << 20;  // a narrow counter a stride keeps the loop in vector registers
  for (std::size_t begin = 0; begin < count; begin += stride) {
    const std::size_t end = count - begin < stride ? count : begin + stride;
    Word<T> here = 0;
    for (std::size_t i = begin; i < end; ++i) here += same(data[i], expected(i)) ? 0U : 1U;
    wrong += here;
  }
  if (wrong == 0) return std::nullopt;
  std::size_t first = 0;
  while (same(data[first], expected(first))) ++first;
  return Mismatch{first, static_cast<double>(expected(first)), static_cast<double>(data[first]), wrong};
}

}  // namespace

std::optional<Mismatch> verify_copied(const void* data, DataType type, std::size_t count, int rank, std::uint64_t first,
                                      unsigned round) {
  const std::uint32_t seed = pattern::seed(static_cast<std::uint32_t>(rank), round);
  return typed(type, [&]<class T>(T) {
    const auto expected = [=](std::size_t i) { return pattern::copied<T>(seed, pattern::fold(first + i)); };
    return compare(static_cast<const T*>(data), count, expected, Identical<T>{});
  });
}

std::optional<Mismatch> verify_reduced(const void* data, DataType type, std::size_t count, ReduceOp op, int ranks,
                                       std::uint64_t first, unsigned round, Averaging averaging) {
  const double bound = op == ReduceOp::avg ? avg_bound(type, ranks, averaging) : 0;
  return typed(type, [&]<class T>(T) {
    const auto table = pattern::result<T>(op, static_cast<std::uint32_t>(ranks));
    const auto expected = [&table, first, round](std::size_t i) {
      return table[pattern::cell(pattern::fold(first + i), round)];
    };
    const T* const elements = static_cast<const T*>(data);
    if constexpr (std::is_floating_point_v<T>) {
      if (bound > 0) return compare(elements, count, expected, Within<T>{static_cast<T>(bound)});
    }
    return compare(elements, count, expected, Identical<T>{});
  });
}

double avg_bound(DataType type, int ranks, Averaging averaging) {
  const bool exact_inverse = std::has_single_bit(static_cast<unsigned>(ranks));
  if (averaging == Averaging::divides_once || exact_inverse) return 0;
  if (type != DataType::float32 && type != DataType::float64) return 0;
  const double unit = std::ldexp(1.0, type == DataType::float32 ? -24 : -53);
  const double factors = (ranks + 2.0) * unit;
  return factors / (1 - factors);
}

}  // namespace longhaul
