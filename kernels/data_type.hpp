#pragma once
#include <cstddef>

namespace longhaul {

/// Element types of a collective. The names are NCCL's spelled out; float8 as OCP's "OFP8" defines it: e4m3 has no
/// infinities and reaches 448, e5m2 has them and reaches 57344.
enum class DataType {
  int8,
  uint8,
  int32,
  uint32,
  int64,
  uint64,
  float16,
  bfloat16,
  float8_e4m3,
  float8_e5m2,
  float32,
  float64,
};

constexpr std::size_t size_of(DataType type) {
  switch (type) {
    case DataType::int8:
    case DataType::uint8:
    case DataType::float8_e4m3:
    case DataType::float8_e5m2: return 1;
    case DataType::float16:
    case DataType::bfloat16: return 2;
    case DataType::int32:
    case DataType::uint32:
    case DataType::float32: return 4;
    case DataType::int64:
    case DataType::uint64:
    case DataType::float64: return 8;
  }
  return 0;
}

/// How a reducing collective combines elements. avg is sum divided once by the number of ranks.
enum class ReduceOp { sum, prod, min, max, avg };

}  // namespace longhaul
