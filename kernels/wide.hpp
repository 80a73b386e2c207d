#pragma once
#include <cstddef>

#include "kernels/parallel.hpp"

namespace longhaul {

#if defined(__x86_64__) && defined(__GNUC__)
/// loop(begin, end), compiled for the vectors named. flatten draws the loop's body in; without "fma", so that the
/// result is the same bits on any machine.
template <class Loop>
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"), flatten)) void with_avx512(const Loop& loop,
                                                                                        std::size_t begin,
                                                                                        std::size_t end) {
  loop(begin, end);
}
template <class Loop>
__attribute__((target("avx2"), flatten)) void with_avx2(const Loop& loop, std::size_t begin, std::size_t end) {
  loop(begin, end);
}
#endif

/// loop(begin, end) with the widest vectors that this processor has: a build for any x86-64 may assume no more than
/// SSE2, which makes a hash of each element four times slower than memory.
template <class Loop>
void widest(const Loop& loop, std::size_t begin, std::size_t end) {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool avx512 =
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  static const bool avx2 = __builtin_cpu_supports("avx2");
  if (avx512) return with_avx512(loop, begin, end);
  if (avx2) return with_avx2(loop, begin, end);
#endif
  loop(begin, end);
}

template <class Loop>
void in_parallel_wide(std::size_t count, std::size_t element_size, const Loop& loop) {
  in_parallel(count, element_size, [&loop](std::size_t begin, std::size_t end) { widest(loop, begin, end); });
}

}  // namespace longhaul
