#include "kernels/fill.hpp"

#include <cstring>

#include "kernels/pattern.hpp"
#include "kernels/table.hpp"
#include "kernels/typed.hpp"

namespace longhaul {

void fill_copied(void* data, DataType type, std::size_t count, int rank, std::uint64_t first, unsigned round) {
  const std::uint32_t seed = pattern::seed(static_cast<std::uint32_t>(rank), round);
  typed(type, [&]<class T>(T) {
    T* const element = static_cast<T*>(data);
    for (std::size_t i = 0; i < count; ++i) element[i] = pattern::copied<T>(seed, pattern::fold(first + i));
  });
}

void fill_reduced(void* data, DataType type, std::size_t count, ReduceOp op, int rank, std::uint64_t first,
                  unsigned round) {
  typed(type, [&]<class T>(T) {
    T* const element = static_cast<T*>(data);
    const auto table = pattern::contribution<T>(op, static_cast<std::uint32_t>(rank));
    for (std::size_t i = 0; i < count; ++i) element[i] = table[pattern::cell(pattern::fold(first + i), round)];
  });
}

void poison(void* data, std::size_t bytes) {
  if (bytes > 0) std::memset(data, 0xA5, bytes);
}

}  // namespace longhaul
