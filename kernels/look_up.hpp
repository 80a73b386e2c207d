#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/pattern.hpp"
#include "kernels/table.hpp"
#include "kernels/wide.hpp"

namespace longhaul {

/// A table that goes on with its beginning, so that a run that wraps around is one stretch too.
template <class T>
struct Ring {
  T values[pattern::cells + pattern::run];
  explicit Ring(const pattern::Table<T>& table) {
    for (std::uint32_t at = 0; at < pattern::cells + pattern::run; ++at) values[at] = table[at % pattern::cells];
  }
};

/// Host loops over begin … end, a run at a time: whole(i, values) for the runs of pattern::run elements, where element
/// i + k is to be values[k]; part(i, length, values) for the shorter ones at the ends.
template <class T, class Whole, class Part>
void for_each_run(const Ring<T>& ring, std::size_t begin, std::size_t end, std::uint64_t first, unsigned round,
                  const Whole& whole, const Part& part) {
  constexpr std::uint64_t fold_period = std::uint64_t{1} << 32;  // neighbours stay so up to a multiple of it
  for (std::size_t i = begin; i < end;) {
    const std::uint64_t offset = first + i;
    const std::uint32_t folded = pattern::fold(offset);
    const std::uint64_t in_run = pattern::run - folded % pattern::run, in_period = fold_period - offset % fold_period;
    const std::size_t length = std::min<std::uint64_t>({in_run, in_period, end - i});
    const T* const values = ring.values + pattern::cell(folded, round);
    if (length == pattern::run)
      whole(i, values);
    else
      part(i, length, values);
    i += length;
  }
}

}  // namespace longhaul
