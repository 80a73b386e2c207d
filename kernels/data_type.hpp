#pragma once
#include <cstddef>

namespace longhaul {

/// Element types of a collective. The names are NCCL's spelled out.
enum class DataType { int32, int64, float32, float64 };

constexpr std::size_t size_of(DataType type) {
  switch (type) {
    case DataType::int32:
    case DataType::float32: return 4;
    case DataType::int64:
    case DataType::float64: return 8;
  }
  return 0;
}

/// How a reducing collective combines elements. avg is sum divided once by the number of ranks.
enum class ReduceOp { sum, prod, min, max, avg };

}  // namespace longhaul
