#include "kernels/small_float.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace longhaul {
namespace {

template <class T>
class SmallFloats : public testing::Test {};
using AllFormats = testing::Types<Float16, Bfloat16, Float8E4M3, Float8E5M2>;
TYPED_TEST_SUITE(SmallFloats, AllFormats);

TYPED_TEST(SmallFloats, ComeBackFromFloat32AsTheyWereBitByBit) {
  constexpr std::uint32_t patterns = 1U << (8 * sizeof(TypeParam));
  for (std::uint32_t bits = 0; bits < patterns; ++bits) {
    const auto value = static_cast<float>(TypeParam::from_bits(bits));
    if (std::isnan(value)) continue;
    ASSERT_EQ(TypeParam(value).bits, bits) << value;
  }
}

TYPED_TEST(SmallFloats, RoundHalfwayCasesToTheEvenNeighbour) {
  constexpr std::uint32_t one = sizeof(TypeParam) == 1 ? 0x38 : 0x3800;  // some normal numbers from here on
  for (std::uint32_t bits = one; bits < one + 16; ++bits) {
    const auto low = static_cast<float>(TypeParam::from_bits(bits)),
               high = static_cast<float>(TypeParam::from_bits(bits + 1));
    const float middle = (low + high) / 2;
    EXPECT_EQ(TypeParam(middle).bits, bits % 2 == 0 ? bits : bits + 1);
    EXPECT_EQ(TypeParam(std::nextafter(middle, 0.0F)).bits, bits);
    EXPECT_EQ(TypeParam(std::nextafter(middle, high)).bits, bits + 1);
  }
}

TEST(SmallFloat, HasTheNumbersOfTheStandards) {
  EXPECT_EQ(Float16(1.0F).bits, 0x3C00);
  EXPECT_EQ(static_cast<float>(Float16::from_bits(0x7BFF)), 65504.0F);
  EXPECT_EQ(static_cast<float>(Float16::from_bits(0x0001)), std::ldexp(1.0F, -24));
  EXPECT_EQ(Bfloat16(1.0F).bits, 0x3F80);
  EXPECT_EQ(static_cast<float>(Float8E4M3::from_bits(0x7E)), 448.0F);
  EXPECT_EQ(static_cast<float>(Float8E4M3::from_bits(0x01)), std::ldexp(1.0F, -9));
  EXPECT_EQ(static_cast<float>(Float8E5M2::from_bits(0x7B)), 57344.0F);
  EXPECT_EQ(static_cast<float>(Float8E5M2::from_bits(0x01)), std::ldexp(1.0F, -16));
}

TEST(SmallFloat, GoesToInfinityOrStaysAtTheGreatestWhereItHasNone) {
  EXPECT_TRUE(std::isinf(static_cast<float>(Float16(1e6F))));
  EXPECT_TRUE(std::isinf(static_cast<float>(Float8E5M2(1e6F))));
  EXPECT_TRUE(std::isinf(static_cast<float>(Bfloat16(std::numeric_limits<float>::max()))));
  EXPECT_EQ(static_cast<float>(Float8E4M3(-1e6F)), -448.0F);
  EXPECT_TRUE(std::isnan(static_cast<float>(Float8E4M3(std::nanf("")))));
  EXPECT_TRUE(std::isnan(static_cast<float>(Float16(std::nanf("")))));
}

}  // namespace
}  // namespace longhaul
