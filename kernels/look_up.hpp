#pragma once
#include <cstddef>
#include <cstdint>

#include "kernels/pattern.hpp"
#include "kernels/wide.hpp"

namespace longhaul {

/// Host loops over the cells of a stretch, a piece at a time: use(begin, end, cells), where cells[i − begin] is element
/// i's. The hash runs in wide vectors. The look-ups must not: gathers are slower than loads one by one on processors
/// that guard them against data sampling, so `use` is called as a function of its own, compiled for plain x86-64.
template <class Use>
void for_each_cell(std::size_t count, std::size_t element_size, std::uint64_t first, unsigned round, const Use& use) {
  constexpr std::size_t piece = 2048;
  in_parallel(count, element_size, [&](std::size_t stretch_begin, std::size_t stretch_end) {
    std::uint8_t cells[piece];
    const auto hash = [&cells, first, round](std::size_t begin, std::size_t end) {
      // Copies: a store of a byte might change anything that is reached through the closure.
      std::uint8_t* const out = cells;
      const std::uint64_t from = first + begin;
      const unsigned turn = round;
      for (std::size_t i = 0; i < end - begin; ++i)
        out[i] = static_cast<std::uint8_t>(pattern::cell(pattern::fold(from + i), turn));
    };
    for (std::size_t begin = stretch_begin; begin < stretch_end; begin += piece) {
      const std::size_t end = stretch_end - begin < piece ? stretch_end : begin + piece;
      widest(hash, begin, end);
      use(begin, end, static_cast<const std::uint8_t*>(cells));
    }
  });
}

}  // namespace longhaul
