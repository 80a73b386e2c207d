#pragma once
#include <bit>
#include <cstdint>

#include "kernels/grid.hpp"
#include "kernels/host_device.hpp"
#include "kernels/table.hpp"
#include "kernels/typed.hpp"

/// The loops over a buffer, in one source for host threads, CUDA threads, and the tests' stand-in for CUDA.
namespace longhaul::pass {

/// A table as the bits of its values: filling and comparing bit by bit need no arithmetic.
template <class T>
pattern::Table<WordOf<T>> words(const pattern::Table<T>& table) {
  return std::bit_cast<pattern::Table<WordOf<T>>>(table);
}

template <class T>
LONGHAUL_HOST_DEVICE void fill_copied(Grid grid, T* data, std::uint32_t seed, std::uint64_t first) {
  for (std::size_t i = grid.first; i < grid.count; i += grid.stride)
    data[i] = pattern::copied<T>(seed, pattern::fold(first + i));
}

/// Equal bits.
struct Identical {
  template <class T>
  LONGHAUL_HOST_DEVICE bool operator()(T got, T expected) const {
    return std::bit_cast<WordOf<T>>(got) == std::bit_cast<WordOf<T>>(expected);
  }
};

/// |got − expected| ≤ bound · expected, in T. Written so that a NaN is outside.
template <class T>
struct Within {
  T bound;
  LONGHAUL_HOST_DEVICE bool operator()(T got, T expected) const {
    const T difference = got - expected;
    return (difference < 0 ? -difference : difference) <= bound * expected;
  }
};

/// What element i must be.
template <class T>
struct Copied {
  std::uint32_t seed;
  std::uint64_t first;
  LONGHAUL_HOST_DEVICE T operator()(std::size_t i) const { return pattern::copied<T>(seed, pattern::fold(first + i)); }
};
template <class T>
struct Reduced {
  const pattern::Table<T>& table;
  std::uint64_t first;
  unsigned round;
  LONGHAUL_HOST_DEVICE T operator()(std::size_t i) const {
    return table[pattern::cell(pattern::fold(first + i), round)];
  }
};

/// How many elements differ, and the first that does.
struct Wrong {
  unsigned long long count = 0, first = ~0ULL;
};

}  // namespace longhaul::pass
