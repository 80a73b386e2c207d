#pragma once
#include <cstddef>

#include "kernels/data_type.hpp"

namespace longhaul {

/// Divide each element by the number of ranks: floats rounded once, integers toward zero. The last step of avg.
void divide(void* data, DataType type, std::size_t count, int ranks);

}  // namespace longhaul
