#pragma once
#include <cstdint>

#include "kernels/vector_pass.hpp"

/// What each CUDA kernel does with its share of a buffer. kernels/device.cu wraps these for nvcc under the names below;
/// the tests' stand-in for CUDA runs the very same functions on the host.
///
/// Types whose elements have the same bits share a kernel: copying knows seven kinds, tables four widths.
// clang-format off
#define LONGHAUL_COPIED_KINDS(X)                                                        \
  X(integer8, std::uint8_t) X(integer32, std::uint32_t) X(integer64, std::uint64_t)     \
  X(float8, Float8E4M3) X(float16, Float16) X(float32, float) X(float64, double)
#define LONGHAUL_WORDS(X)                                                               \
  X(1, std::uint8_t) X(2, std::uint16_t) X(4, std::uint32_t) X(8, std::uint64_t)
#define LONGHAUL_BOUNDED(X)                                                             \
  X(float32, float) X(float64, double)
#define LONGHAUL_TYPES(X)                                                               \
  X(int8, std::int8_t) X(uint8, std::uint8_t) X(int32, std::int32_t)                    \
  X(uint32, std::uint32_t) X(int64, std::int64_t) X(uint64, std::uint64_t)              \
  X(float16, Float16) X(bfloat16, Bfloat16) X(float8_e4m3, Float8E4M3)                  \
  X(float8_e5m2, Float8E5M2) X(float32, float) X(float64, double)
// clang-format on

namespace longhaul::device_body {

template <class T>
LONGHAUL_HOST_DEVICE void fill_copied(Grid grid, T* data, std::uint32_t seed, std::uint64_t first) {
  const pass::Copied<T> value{seed, first};
  vector_pass::transform(grid, data, [&](std::size_t i, T) { return value(i); });
}

template <class Word>
LONGHAUL_HOST_DEVICE void fill_reduced(Grid grid, Word* data, const pattern::Table<Word>& table, std::uint64_t first,
                                       unsigned round) {
  const pass::Reduced<Word> value{table, first, round};
  vector_pass::transform(grid, data, [&](std::size_t i, Word) { return value(i); });
}

template <class T>
LONGHAUL_HOST_DEVICE pass::Wrong verify_copied(Grid grid, const T* data, std::uint32_t seed, std::uint64_t first) {
  return vector_pass::compare(grid, data, pass::Copied<T>{seed, first}, pass::Identical{});
}

template <class Word>
LONGHAUL_HOST_DEVICE pass::Wrong verify_reduced(Grid grid, const Word* data, const pattern::Table<Word>& table,
                                                std::uint64_t first, unsigned round) {
  return vector_pass::compare(grid, data, pass::Reduced<Word>{table, first, round}, pass::Identical{});
}

template <class T>
LONGHAUL_HOST_DEVICE pass::Wrong verify_within(Grid grid, const T* data, const pattern::Table<T>& table,
                                               std::uint64_t first, unsigned round, T bound) {
  return vector_pass::compare(grid, data, pass::Reduced<T>{table, first, round}, pass::Within<T>{bound});
}

template <class T>
LONGHAUL_HOST_DEVICE void reduce(Grid grid, T* into, const T* from, ReduceOp op) {
  vector_pass::join(grid, into, from, [&](T value, T other) { return element::combine(op, value, other); });
}

template <class T>
LONGHAUL_HOST_DEVICE void divide(Grid grid, T* data, int ranks) {
  vector_pass::transform(grid, data, [&](std::size_t, T value) { return element::divide(value, ranks); });
}

LONGHAUL_HOST_DEVICE inline void load(Grid grid, float* values, unsigned steps) {
  vector_pass::transform(grid, values, [&](std::size_t, float value) {
    for (unsigned step = 0; step < steps; ++step) value = element::load_step(value);
    return value;
  });
}

}  // namespace longhaul::device_body
