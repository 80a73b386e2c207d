#pragma once
#include <bit>
#include <cstdint>
#include <type_traits>

#include "kernels/host_device.hpp"

namespace longhaul {

/// A float of 8 or 16 bits: sign, exponent, mantissa. Arithmetic happens in float32 and is rounded back, to nearest,
/// ties to even. With infinities all exponents of ones are infinite or NaN, and what is too large becomes infinite;
/// without them (e4m3) only the largest pattern is NaN, and what is too large becomes the largest number (as CUDA's
/// __nv_fp8_e4m3 does). Source: OCP 8-bit Floating Point Specification (OFP8) rev. 1.0, §5; IEEE 754-2019 §3.4.
template <int exponent_bits, int mantissa_bits, bool has_infinity>
class SmallFloat {
 public:
  using Word = std::conditional_t<1 + exponent_bits + mantissa_bits == 8, std::uint8_t, std::uint16_t>;
  static constexpr int significant_bits = mantissa_bits + 1;

  SmallFloat() = default;
  LONGHAUL_HOST_DEVICE constexpr explicit SmallFloat(float value) : bits(rounded(value)) {}
  LONGHAUL_HOST_DEVICE static constexpr SmallFloat from_bits(std::uint32_t word) {
    SmallFloat value{};
    value.bits = static_cast<Word>(word);
    return value;
  }

  LONGHAUL_HOST_DEVICE constexpr explicit operator float() const {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits >> (exponent_bits + mantissa_bits)) << 31;
    const std::uint32_t magnitude = bits & magnitude_mask;
    const bool special = has_infinity ? magnitude > greatest_bits : magnitude == magnitude_mask;
    if (special) return std::bit_cast<float>(sign | 0x7f800000U | special_mantissa(magnitude));
    // The pattern, moved to where float32 has it, is the value scaled by a power of two: exact, subnormals included.
    const float scaled = std::bit_cast<float>(magnitude << (23 - mantissa_bits));
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(scaled * rescale()));
  }
  LONGHAUL_HOST_DEVICE constexpr explicit operator double() const { return static_cast<float>(*this); }

  Word bits;

 private:
  static constexpr int bias = (1 << (exponent_bits - 1)) - 1;
  static constexpr std::uint32_t magnitude_mask = (1U << (exponent_bits + mantissa_bits)) - 1;
  static constexpr std::uint32_t greatest_bits =
      has_infinity ? magnitude_mask - (1U << mantissa_bits) : magnitude_mask - 1;

  LONGHAUL_HOST_DEVICE static constexpr float rescale() {
    return exponent_bits == 8 ? 1.0F : std::bit_cast<float>(static_cast<std::uint32_t>(127 + 127 - bias) << 23);
  }
  LONGHAUL_HOST_DEVICE static constexpr std::uint32_t special_mantissa(std::uint32_t magnitude) {
    return has_infinity ? (magnitude & ((1U << mantissa_bits) - 1)) << (23 - mantissa_bits) : 0x400000U;
  }
  LONGHAUL_HOST_DEVICE static constexpr std::uint32_t shifted_to_even(std::uint32_t value, int shift) {
    if (shift > 25) return 0;
    const std::uint32_t half = 1U << (shift - 1), rest = value & ((1U << shift) - 1), floor = value >> shift;
    return floor + ((rest > half || (rest == half && (floor & 1U) != 0)) ? 1U : 0U);
  }
  LONGHAUL_HOST_DEVICE static constexpr Word rounded(float value) {
    const auto word = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = word >> 31 << (exponent_bits + mantissa_bits), magnitude = word & 0x7fffffffU;
    if (magnitude > 0x7f800000U) return static_cast<Word>(sign | magnitude_mask);
    const int exponent = (magnitude >= 0x800000U ? static_cast<int>(magnitude >> 23) : 1) - 127;
    const std::uint32_t mantissa = (magnitude & 0x7fffffU) | (magnitude >= 0x800000U ? 0x800000U : 0U);
    const int below = exponent < 1 - bias ? 1 - bias - exponent : 0;  // subnormal: fewer bits
    std::uint32_t result = shifted_to_even(mantissa, 23 - mantissa_bits + below);
    if (below == 0) result += static_cast<std::uint32_t>(exponent + bias - 1) << mantissa_bits;
    if (result > greatest_bits) result = has_infinity ? greatest_bits + 1 : greatest_bits;
    return static_cast<Word>(sign | result);
  }
};

using Float16 = SmallFloat<5, 10, true>;
using Bfloat16 = SmallFloat<8, 7, true>;
using Float8E4M3 = SmallFloat<4, 3, false>;
using Float8E5M2 = SmallFloat<5, 2, true>;

template <class T>
inline constexpr bool is_small_float = false;
template <int exponent_bits, int mantissa_bits, bool has_infinity>
inline constexpr bool is_small_float<SmallFloat<exponent_bits, mantissa_bits, has_infinity>> = true;

}  // namespace longhaul
