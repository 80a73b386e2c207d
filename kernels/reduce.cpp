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

}  // namespace

void reduce(void* into, const void* from, DataType type, std::size_t count, ReduceOp op) {
  typed(type, [&]<class T>(T) {
    T* const target = static_cast<T*>(into);
    const T* const source = static_cast<const T*>(from);
    switch (op) {
      case ReduceOp::sum:
      case ReduceOp::avg: reduce_as<ReduceOp::sum>(target, source, count); break;
      case ReduceOp::prod: reduce_as<ReduceOp::prod>(target, source, count); break;
      case ReduceOp::min: reduce_as<ReduceOp::min>(target, source, count); break;
      case ReduceOp::max: reduce_as<ReduceOp::max>(target, source, count); break;
    }
  });
}

}  // namespace longhaul
