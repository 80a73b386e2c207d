#pragma once
#include <cstdint>

#include "kernels/grid.hpp"
#include "kernels/host_device.hpp"
#include "kernels/pass.hpp"

/// The same loops 16 bytes at a time, for CUDA threads: elements before the first 16-byte boundary and after the last
/// are taken one by one, so that buffers may begin anywhere. What is done to an element is kernels/pass.hpp's.
namespace longhaul::vector_pass {

constexpr std::size_t width = 16;

/// One load or store of the hardware.
template <class T>
struct alignas(width) Vector {
  T lanes[width / sizeof(T)];
};

/// Where the whole vectors of a buffer lie.
struct Body {
  std::size_t head = 0;  ///< elements before the first
  std::size_t vectors = 0;
  std::size_t tail = 0;  ///< the first element after the last
};

template <class T>
LONGHAUL_HOST_DEVICE Body body_of(const T* data, std::size_t count) {
  constexpr std::size_t lanes = width / sizeof(T);
  const std::size_t past = reinterpret_cast<std::uintptr_t>(data) % width / sizeof(T);
  Body body;
  body.head = past == 0 ? 0 : lanes - past;
  if (body.head > count) body.head = count;
  body.vectors = (count - body.head) / lanes;
  body.tail = body.head + body.vectors * lanes;
  return body;
}

/// data[i] = make(i, data[i]).
template <class T, class Make>
LONGHAUL_HOST_DEVICE void transform(Grid grid, T* data, const Make& make) {
  constexpr std::size_t lanes = width / sizeof(T);
  const Body body = body_of(data, grid.count);
  auto* const vectors = reinterpret_cast<Vector<T>*>(data + body.head);
  for (std::size_t i = grid.first; i < body.vectors; i += grid.stride) {
    Vector<T> vector = vectors[i];
    for (std::size_t lane = 0; lane < lanes; ++lane)
      vector.lanes[lane] = make(body.head + i * lanes + lane, vector.lanes[lane]);
    vectors[i] = vector;
  }
  for (std::size_t i = grid.first; i < body.head; i += grid.stride) data[i] = make(i, data[i]);
  for (std::size_t i = body.tail + grid.first; i < grid.count; i += grid.stride) data[i] = make(i, data[i]);
}

/// into[i] = make(into[i], from[i]). `from` is read by whole vectors, too, where their boundaries meet those of `into`.
template <class T, class Make>
LONGHAUL_HOST_DEVICE void join(Grid grid, T* into, const T* from, const Make& make) {
  constexpr std::size_t lanes = width / sizeof(T);
  const auto one = [&](std::size_t i) { into[i] = make(into[i], from[i]); };
  const Body body = body_of(into, grid.count);
  if (reinterpret_cast<std::uintptr_t>(from + body.head) % width != 0)
    return transform(grid, into, [&](std::size_t i, T value) { return make(value, from[i]); });
  auto* const targets = reinterpret_cast<Vector<T>*>(into + body.head);
  const auto* const sources = reinterpret_cast<const Vector<T>*>(from + body.head);
  for (std::size_t i = grid.first; i < body.vectors; i += grid.stride) {
    Vector<T> target = targets[i];
    const Vector<T> source = sources[i];
    for (std::size_t lane = 0; lane < lanes; ++lane) target.lanes[lane] = make(target.lanes[lane], source.lanes[lane]);
    targets[i] = target;
  }
  for (std::size_t i = grid.first; i < body.head; i += grid.stride) one(i);
  for (std::size_t i = body.tail + grid.first; i < grid.count; i += grid.stride) one(i);
}

/// A worker's share of a comparison.
template <class T, class Expected, class Same>
LONGHAUL_HOST_DEVICE pass::Wrong compare(Grid grid, const T* data, const Expected& expected, const Same& same) {
  constexpr std::size_t lanes = width / sizeof(T);
  pass::Wrong wrong;
  const auto look = [&](std::size_t i, T got) {
    if (same(got, expected(i))) return;
    ++wrong.count;
    if (i < wrong.first) wrong.first = i;
  };
  const Body body = body_of(data, grid.count);
  const auto* const vectors = reinterpret_cast<const Vector<T>*>(data + body.head);
  for (std::size_t i = grid.first; i < body.vectors; i += grid.stride) {
    const Vector<T> vector = vectors[i];
    for (std::size_t lane = 0; lane < lanes; ++lane) look(body.head + i * lanes + lane, vector.lanes[lane]);
  }
  for (std::size_t i = grid.first; i < body.head; i += grid.stride) look(i, data[i]);
  for (std::size_t i = body.tail + grid.first; i < grid.count; i += grid.stride) look(i, data[i]);
  return wrong;
}

}  // namespace longhaul::vector_pass
