#include "kernels/reduce.hpp"

#include "kernels/element.hpp"
#include "kernels/typed.hpp"
#include "kernels/wide.hpp"

namespace longhaul {
namespace {

/// `op` is known to the compiler, so that the loop holds no branch.
template <ReduceOp op, class T>
void reduce_as(T* __restrict into, const T* __restrict from, std::size_t count) {
  in_parallel_wide(count, 2 * sizeof(T), [=](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) into[i] = element::combine(op, into[i], from[i]);
  });
}

template <ReduceOp op, class T>
void reduce_as(T* __restrict into, const T* __restrict a, const T* __restrict b, std::size_t count) {
  in_parallel_wide(count, 3 * sizeof(T), [=](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) into[i] = element::combine(op, a[i], b[i]);
  });
}

/// reduce_as of one operation and type; `from` is one source or two.
template <class T, class... From>
void reduce_by(ReduceOp op, std::size_t count, T* into, const From*... from) {
  switch (op) {
    case ReduceOp::sum:
    case ReduceOp::avg: return reduce_as<ReduceOp::sum>(into, from..., count);
    case ReduceOp::prod: return reduce_as<ReduceOp::prod>(into, from..., count);
    case ReduceOp::min: return reduce_as<ReduceOp::min>(into, from..., count);
    case ReduceOp::max: return reduce_as<ReduceOp::max>(into, from..., count);
  }
}

}  // namespace

void reduce(void* into, const void* from, DataType type, std::size_t count, ReduceOp op) {
  typed(type, [&]<class T>(T) { reduce_by(op, count, static_cast<T*>(into), static_cast<const T*>(from)); });
}

void reduce(void* into, const void* a, const void* b, DataType type, std::size_t count, ReduceOp op) {
  typed(type, [&]<class T>(T) {
    reduce_by(op, count, static_cast<T*>(into), static_cast<const T*>(a), static_cast<const T*>(b));
  });
}

}  // namespace longhaul
