#pragma once
#include <cstdint>
#include <type_traits>
#include <utility>

#include "kernels/data_type.hpp"
#include "kernels/small_float.hpp"

namespace longhaul {

/// Call `work` with a value of the C++ type that stands for `type`: typed(type, [&]<class T>(T) { … }).
template <class Work>
decltype(auto) typed(DataType type, Work&& work) {
  switch (type) {
    case DataType::int8: return std::forward<Work>(work)(std::int8_t{});
    case DataType::uint8: return std::forward<Work>(work)(std::uint8_t{});
    case DataType::int32: return std::forward<Work>(work)(std::int32_t{});
    case DataType::uint32: return std::forward<Work>(work)(std::uint32_t{});
    case DataType::int64: return std::forward<Work>(work)(std::int64_t{});
    case DataType::uint64: return std::forward<Work>(work)(std::uint64_t{});
    case DataType::float16: return std::forward<Work>(work)(Float16{});
    case DataType::bfloat16: return std::forward<Work>(work)(Bfloat16{});
    case DataType::float8_e4m3: return std::forward<Work>(work)(Float8E4M3{});
    case DataType::float8_e5m2: return std::forward<Work>(work)(Float8E5M2{});
    case DataType::float32: return std::forward<Work>(work)(float{});
    case DataType::float64: break;
  }
  return std::forward<Work>(work)(double{});
}

/// The unsigned word of T's size.
template <class T>
using WordOf = std::conditional_t<sizeof(T) == 1, std::uint8_t,
                                  std::conditional_t<sizeof(T) == 2, std::uint16_t,
                                                     std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>>;

}  // namespace longhaul
