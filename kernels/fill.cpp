#include "kernels/fill.hpp"

#include <cstring>

#include "kernels/look_up.hpp"
#include "kernels/pass.hpp"
#include "kernels/typed.hpp"
#include "kernels/wide.hpp"

namespace longhaul {

void fill_copied(void* data, DataType type, std::size_t count, int rank, std::uint64_t first, unsigned round) {
  const std::uint32_t seed = pattern::seed(static_cast<std::uint32_t>(rank), round);
  typed(type, [&]<class T>(T) {
    in_parallel_wide(count, sizeof(T), [=](std::size_t begin, std::size_t end) {
      pass::fill_copied({0, 1, end - begin}, static_cast<T*>(data) + begin, seed, first + begin);
    });
  });
}

void fill_reduced(void* data, DataType type, std::size_t count, ReduceOp op, int rank, int ranks, std::uint64_t first,
                  unsigned round) {
  typed(type, [&]<class T>(T) {
    const Ring<WordOf<T>> ring(
        pass::words(pattern::contribution<T>(op, static_cast<std::uint32_t>(rank), static_cast<std::uint32_t>(ranks))));
    auto* const words = static_cast<WordOf<T>*>(data);
    in_parallel_wide(count, sizeof(T), [=, &ring](std::size_t begin, std::size_t end) {
      for_each_run(
          ring, begin, end, first, round,
          [words](std::size_t i, const WordOf<T>* values) { std::memcpy(words + i, values, pattern::run * sizeof(T)); },
          [words](std::size_t i, std::size_t length, const WordOf<T>* values) {
            std::memcpy(words + i, values, length * sizeof(T));
          });
    });
  });
}

void poison(void* data, std::size_t bytes) {
  if (bytes > 0) std::memset(data, poison_byte, bytes);
}

}  // namespace longhaul
