#include "kernels/reduce.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <vector>

#include "kernels/fill.hpp"

namespace longhaul {
namespace {

constexpr std::size_t kCount = 1003;  // no multiple of any vector width
constexpr std::array kTypes{DataType::int8,        DataType::uint8,       DataType::int32,   DataType::uint32,
                            DataType::int64,       DataType::uint64,      DataType::float16, DataType::bfloat16,
                            DataType::float8_e4m3, DataType::float8_e5m2, DataType::float32, DataType::float64};

TEST(Reduce, OfTwoSourcesIsThatOfACopyOfOneAndTheOther) {
  for (const auto type : kTypes)
    for (const auto op : {ReduceOp::sum, ReduceOp::prod, ReduceOp::min, ReduceOp::max, ReduceOp::avg}) {
      const auto bytes = kCount * size_of(type);
      std::vector<std::byte> a(bytes), b(bytes), together(bytes);
      fill_reduced(a.data(), type, kCount, op, 0, 2, 0, 1);
      fill_reduced(b.data(), type, kCount, op, 1, 2, 0, 1);
      auto one_by_one = a;
      reduce(one_by_one.data(), b.data(), type, kCount, op);
      reduce(together.data(), a.data(), b.data(), type, kCount, op);
      EXPECT_EQ(together, one_by_one) << static_cast<int>(type) << ' ' << static_cast<int>(op);
      EXPECT_NE(together, a) << static_cast<int>(type) << ' ' << static_cast<int>(op);
    }
}

}  // namespace
}  // namespace longhaul
