#pragma once
#include <cstdint>
#include <type_traits>

#include "kernels/data_type.hpp"
#include "kernels/host_device.hpp"
#include "kernels/small_float.hpp"

/// Arithmetic of one element, in one source for host and device.
namespace longhaul::element {

/// a ∘ b in T: integers wrap, small floats are computed in float32 and rounded. avg adds; divide() follows once.
template <class T>
LONGHAUL_HOST_DEVICE constexpr T combine(ReduceOp op, T a, T b) {
  if constexpr (is_small_float<T>) {
    return T(combine(op, static_cast<float>(a), static_cast<float>(b)));
  } else if constexpr (std::is_integral_v<T>) {
    using Word = std::make_unsigned_t<T>;
    switch (op) {
      case ReduceOp::prod: return static_cast<T>(static_cast<Word>(a) * std::uint64_t{static_cast<Word>(b)});
      case ReduceOp::min: return b < a ? b : a;
      case ReduceOp::max: return b > a ? b : a;
      case ReduceOp::sum:
      case ReduceOp::avg: break;
    }
    return static_cast<T>(static_cast<Word>(a) + static_cast<Word>(b));
  } else {
    switch (op) {
      case ReduceOp::prod: return a * b;
      case ReduceOp::min: return b < a ? b : a;
      case ReduceOp::max: return b > a ? b : a;
      case ReduceOp::sum:
      case ReduceOp::avg: break;
    }
    return a + b;
  }
}

/// a / ranks in T: floats rounded once, integers toward zero.
template <class T>
LONGHAUL_HOST_DEVICE constexpr T divide(T a, int ranks) {
  if constexpr (is_small_float<T>)
    return T(static_cast<float>(a) / static_cast<float>(ranks));
  else if constexpr (std::is_floating_point_v<T>)
    return a / static_cast<T>(ranks);
  else if constexpr (std::is_unsigned_v<T>)
    return static_cast<T>(static_cast<std::uint64_t>(a) / static_cast<std::uint64_t>(ranks));
  else
    return static_cast<T>(static_cast<std::int64_t>(a) / static_cast<std::int64_t>(ranks));
}

/// One step of the compute load: a fused multiply-add that stays within [0, 2) for ever.
LONGHAUL_HOST_DEVICE constexpr float load_step(float value) { return value * 0.5F + 0.75F; }

}  // namespace longhaul::element
