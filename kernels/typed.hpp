#pragma once
#include <cstdint>
#include <utility>

#include "kernels/data_type.hpp"

namespace longhaul {

/// Call `work` with a value of the C++ type that stands for `type`: typed(type, [&]<class T>(T) { … }).
template <class Work>
decltype(auto) typed(DataType type, Work&& work) {
  switch (type) {
    case DataType::int32: return std::forward<Work>(work)(std::int32_t{});
    case DataType::int64: return std::forward<Work>(work)(std::int64_t{});
    case DataType::float32: return std::forward<Work>(work)(float{});
    case DataType::float64: break;
  }
  return std::forward<Work>(work)(double{});
}

}  // namespace longhaul
