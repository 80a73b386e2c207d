#include "kernels/verify.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <mutex>
#include <type_traits>

#include "kernels/look_up.hpp"
#include "kernels/pass.hpp"
#include "kernels/wide.hpp"

namespace longhaul {
namespace {

/// A counter of the element's width, emptied before it can overflow, keeps a loop in vector registers.
template <class T>
constexpr std::size_t countable = sizeof(T) == 1   ? 240
                                  : sizeof(T) == 2 ? 1 << 15
                                                   : 1 << 20;

/// What all stretches found.
class Findings {
 public:
  void add(std::size_t wrong, std::size_t first) {
    const std::lock_guard lock(mutex_);
    wrong_ += wrong;
    first_ = std::min(first_, first);
  }
  template <class T, class Expected>
  std::optional<Mismatch> mismatch(const T* data, const Expected& expected) const {
    if (wrong_ == 0) return std::nullopt;
    return Mismatch{first_, static_cast<double>(expected(first_)), static_cast<double>(data[first_]), wrong_};
  }

 private:
  std::mutex mutex_;
  std::size_t wrong_ = 0, first_ = ~std::size_t{0};
};

template <class T, class Expected, class Same>
std::size_t first_wrong(const T* data, std::size_t begin, const Expected& expected, const Same& same) {
  while (same(data[begin], expected(begin))) ++begin;
  return begin;
}

/// Counts in one branch-free pass, since data is nearly always right; a second finds the first wrong element.
template <class T>
std::optional<Mismatch> compare_copied(const T* data, std::size_t count, const pass::Copied<T>& expected) {
  Findings findings;
  const pass::Identical same;
  in_parallel_wide(count, sizeof(T), [&findings, data, expected, same](std::size_t begin, std::size_t end) {
    std::size_t wrong = 0;
    for (std::size_t from = begin; from < end; from += countable<T>) {
      const std::size_t to = end - from < countable<T> ? end : from + countable<T>;
      WordOf<T> here = 0;
      for (std::size_t i = from; i < to; ++i)
        here = static_cast<WordOf<T>>(here + (same(data[i], expected(i)) ? 0 : 1));
      wrong += here;
    }
    if (wrong > 0) findings.add(wrong, first_wrong(data, begin, expected, same));
  });
  return findings.mismatch(data, expected);
}

/// Words that a comparison goes along with: as many as stay in vector registers.
constexpr std::size_t lanes = 16;

/// Not 0 where two values are not the same.
template <class T, class Same>
WordOf<T> difference(T got, T expected, const Same& same) {
  if constexpr (std::is_same_v<Same, pass::Identical>)
    return static_cast<WordOf<T>>(std::bit_cast<WordOf<T>>(got) ^ std::bit_cast<WordOf<T>>(expected));
  else
    return same(got, expected) ? 0 : 1;
}

/// Runs are laid over one another: what differs in any of a piece's is seen at its end, without a branch or a sum
/// before. Only then does a second look count.
template <class T, class Same>
std::optional<Mismatch> compare_reduced(const T* data, std::size_t count, const pass::Reduced<T>& expected,
                                        const Same& same) {
  constexpr std::size_t piece = 4096;
  Findings findings;
  const Ring<T> ring(expected.table);
  in_parallel_wide(count, sizeof(T), [&](std::size_t begin, std::size_t end) {
    std::size_t wrong = 0;
    for (std::size_t from = begin; from < end; from += piece) {
      const std::size_t to = end - from < piece ? end : from + piece;
      WordOf<T> seen[lanes] = {};
      const auto part = [&seen, data, same](std::size_t i, std::size_t length, const T* values) {
        for (std::size_t k = 0; k < length; ++k) seen[k % lanes] |= difference(data[i + k], values[k], same);
      };
      const auto whole = [&seen, data, same](std::size_t i, const T* values) {
        for (std::size_t at = 0; at < pattern::run; at += lanes)
          for (std::size_t k = 0; k < lanes; ++k) seen[k] |= difference(data[i + at + k], values[at + k], same);
      };
      for_each_run(ring, from, to, expected.first, expected.round, whole, part);
      if (std::ranges::all_of(seen, [](const auto word) { return word == 0; })) continue;
      for (std::size_t i = from; i < to; ++i) wrong += same(data[i], expected(i)) ? 0 : 1;
    }
    if (wrong > 0) findings.add(wrong, first_wrong(data, begin, expected, same));
  });
  return findings.mismatch(data, expected);
}

}  // namespace

std::optional<Mismatch> verify_copied(const void* data, DataType type, std::size_t count, int rank, std::uint64_t first,
                                      unsigned round) {
  const std::uint32_t seed = pattern::seed(static_cast<std::uint32_t>(rank), round);
  return typed(type, [&]<class T>(T) {
    return compare_copied(static_cast<const T*>(data), count, pass::Copied<T>{seed, first});
  });
}

std::optional<Mismatch> verify_reduced(const void* data, DataType type, std::size_t count, ReduceOp op, int ranks,
                                       std::uint64_t first, unsigned round, Averaging averaging) {
  const double bound = op == ReduceOp::avg ? avg_bound(type, ranks, averaging) : 0;
  return typed(type, [&]<class T>(T) {
    const auto table = pattern::result<T>(op, static_cast<std::uint32_t>(ranks), averaging);
    const pass::Reduced<T> expected{table, first, round};
    const T* const elements = static_cast<const T*>(data);
    if constexpr (std::is_floating_point_v<T>) {
      if (bound > 0) return compare_reduced(elements, count, expected, pass::Within<T>{static_cast<T>(bound)});
    }
    return compare_reduced(elements, count, expected, pass::Identical{});
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
