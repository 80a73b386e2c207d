#pragma once
#include <cstddef>
#include <functional>

namespace longhaul {

/// Cores that this process may run on.
unsigned usable_cores();

/// Call work(begin, end) for stretches of 0 … count, at once on all cores this process may use where there is enough to
/// do (4 MiB), else here. Stretches begin at multiples of 4096.
/// @param element_size  bytes of one of `count` elements
void in_parallel(std::size_t count, std::size_t element_size,
                 const std::function<void(std::size_t begin, std::size_t end)>& work);

}  // namespace longhaul
