#include "arithmetic.hpp"

#include <cstdint>
#include <type_traits>

namespace longhaul::doubles {
namespace {

template <class T>
constexpr bool is_small = std::is_same_v<T, __half> || std::is_same_v<T, __nv_bfloat16> ||
                          std::is_same_v<T, __nv_fp8_e4m3> || std::is_same_v<T, __nv_fp8_e5m2>;

template <class Work>
void typed(ncclDataType_t type, Work&& work) {
  switch (type) {
    case ncclInt8: return work(std::int8_t{});
    case ncclUint8: return work(std::uint8_t{});
    case ncclInt32: return work(std::int32_t{});
    case ncclUint32: return work(std::uint32_t{});
    case ncclInt64: return work(std::int64_t{});
    case ncclUint64: return work(std::uint64_t{});
    case ncclFloat16: return work(__half{});
    case ncclBfloat16: return work(__nv_bfloat16{});
    case ncclFloat8e4m3: return work(__nv_fp8_e4m3{});
    case ncclFloat8e5m2: return work(__nv_fp8_e5m2{});
    case ncclFloat32: return work(float{});
    default: return work(double{});
  }
}

template <class T>
T combined(T a, T b, ncclRedOp_t op) {
  switch (op) {
    case ncclProd: return static_cast<T>(a * b);
    case ncclMin: return b < a ? b : a;
    case ncclMax: return b > a ? b : a;
    default: break;
  }
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) + static_cast<std::make_unsigned_t<T>>(b));
  else
    return a + b;
}

}  // namespace

std::size_t size_of(ncclDataType_t type) {
  std::size_t size = 0;
  typed(type, [&]<class T>(T) { size = sizeof(T); });
  return size;
}

void combine(void* into, const void* from, std::size_t count, ncclDataType_t type, ncclRedOp_t op) {
  typed(type, [&]<class T>(T) {
    T* const to = static_cast<T*>(into);
    const T* const with = static_cast<const T*>(from);
    for (std::size_t i = 0; i < count; ++i) {
      if constexpr (is_small<T>)
        to[i] = T(combined(static_cast<float>(to[i]), static_cast<float>(with[i]), op));
      else
        to[i] = combined(to[i], with[i], op);
    }
  });
}

void premultiply(void* data, std::size_t count, ncclDataType_t type, int ranks) {
  typed(type, [&]<class T>(T) {
    T* const values = static_cast<T*>(data);
    if constexpr (is_small<T>) {
      const auto inverse = static_cast<float>(T(static_cast<float>(1.0 / ranks)));
      for (std::size_t i = 0; i < count; ++i) values[i] = T(static_cast<float>(values[i]) * inverse);
    } else if constexpr (std::is_floating_point_v<T>) {
      const T inverse = static_cast<T>(1.0 / ranks);
      for (std::size_t i = 0; i < count; ++i) values[i] *= inverse;
    }
  });
}

void postdivide(void* data, std::size_t count, ncclDataType_t type, int ranks) {
  typed(type, [&]<class T>(T) {
    T* const values = static_cast<T*>(data);
    if constexpr (std::is_integral_v<T>) {
      using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
      for (std::size_t i = 0; i < count; ++i)
        values[i] = static_cast<T>(static_cast<Wide>(values[i]) / static_cast<Wide>(ranks));
    }
  });
}

}  // namespace longhaul::doubles
