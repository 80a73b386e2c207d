#include "kernels/vector_pass.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace longhaul {
namespace {

constexpr std::size_t widest_offset = vector_pass::width, most_joined = 70;

/// Buffers that begin so many elements after a boundary; each of 5 workers takes its share.
template <class T>
void expect_joined(std::size_t into_offset, std::size_t from_offset, std::size_t count) {
  alignas(vector_pass::width) T into[widest_offset + most_joined + 1], from[widest_offset + most_joined + 1];
  std::iota(std::begin(into), std::end(into), T{1});
  std::iota(std::begin(from), std::end(from), T{100});
  std::vector<T> expected(std::begin(into), std::end(into));
  for (std::size_t i = 0; i < count; ++i)
    expected[into_offset + i] = static_cast<T>(2 * expected[into_offset + i] + from[from_offset + i]);
  constexpr std::size_t workers = 5;
  for (std::size_t worker = 0; worker < workers; ++worker)
    vector_pass::join(Grid{worker, workers, count}, into + into_offset, from + from_offset,
                      [](T value, T other) { return static_cast<T>(2 * value + other); });
  EXPECT_EQ(std::vector<T>(std::begin(into), std::end(into)), expected)
      << sizeof(T) << " bytes, " << into_offset << " and " << from_offset << " past a boundary, " << count;
}

template <class T>
void expect_joined_anywhere() {
  for (std::size_t into = 0; into <= widest_offset / sizeof(T); ++into)
    for (std::size_t from = 0; from <= widest_offset / sizeof(T); ++from)
      for (const std::size_t count : {0UL, 1UL, 2UL, 15UL, 16UL, 17UL, 63UL, most_joined})
        expect_joined<T>(into, from, count);
}

TEST(VectorPass, JoinsEachElementOnceWhereverTheBuffersBegin) {
  expect_joined_anywhere<std::uint8_t>();
  expect_joined_anywhere<std::uint16_t>();
  expect_joined_anywhere<float>();
  expect_joined_anywhere<double>();
}

}  // namespace
}  // namespace longhaul
