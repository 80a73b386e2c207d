#include "kernels/device.hpp"

#include "kernels/device_body.hpp"
#include "kernels/verify.hpp"

using namespace longhaul;

namespace {

constexpr unsigned block = 256;
/// Enough blocks for the largest GPUs; with a grid stride each thread takes as many elements as there are.
constexpr std::size_t most_blocks = 1024;

__device__ Grid grid_of(std::size_t count) {
  return {blockIdx.x * std::size_t{blockDim.x} + threadIdx.x, std::size_t{gridDim.x} * blockDim.x, count};
}

/// Look-ups by data serialise in the constant bank that arguments lie in; shared memory serves a warp at once.
template <class T>
__device__ const pattern::Table<T>& nearby(const pattern::Table<T>& table) {
  __shared__ pattern::Table<T> copy;
  for (unsigned i = threadIdx.x; i < pattern::cells; i += blockDim.x) copy.values[i] = table.values[i];
  __syncthreads();
  return copy;
}

__device__ void add(device::Tally* tally, pass::Wrong wrong) {
  if (wrong.count == 0) return;
  atomicAdd(&tally->count, wrong.count);
  atomicMin(&tally->first, wrong.first);
}

unsigned blocks(std::size_t count, std::size_t element) {
  const std::size_t threads = count * element / vector_pass::width + 2 * vector_pass::width;
  const std::size_t wanted = (threads + block - 1) / block;
  return static_cast<unsigned>(wanted < most_blocks ? wanted : most_blocks);
}

}  // namespace

// Plain names, so that a profile, and the tests' stand-in for CUDA, can tell them by name.
#define KERNEL(kind, T)                                                                                          \
  extern "C" __global__ void longhaul_fill_copied_##kind(T* data, std::size_t count, std::uint32_t seed,         \
                                                         std::uint64_t first) {                                  \
    device_body::fill_copied(grid_of(count), data, seed, first);                                                 \
  }                                                                                                              \
  extern "C" __global__ void longhaul_verify_copied_##kind(const T* data, std::size_t count, std::uint32_t seed, \
                                                           std::uint64_t first, device::Tally* tally) {          \
    add(tally, device_body::verify_copied(grid_of(count), data, seed, first));                                   \
  }
LONGHAUL_COPIED_KINDS(KERNEL)
#undef KERNEL

#define KERNEL(bytes, Word)                                                                                         \
  extern "C" __global__ void longhaul_fill_reduced_##bytes(                                                         \
      Word* data, std::size_t count, const pattern::Table<Word> table, std::uint64_t first, unsigned round) {       \
    device_body::fill_reduced(grid_of(count), data, nearby(table), first, round);                                   \
  }                                                                                                                 \
  extern "C" __global__ void longhaul_verify_reduced_##bytes(const Word* data, std::size_t count,                   \
                                                             const pattern::Table<Word> table, std::uint64_t first, \
                                                             unsigned round, device::Tally* tally) {                \
    add(tally, device_body::verify_reduced(grid_of(count), data, nearby(table), first, round));                     \
  }
LONGHAUL_WORDS(KERNEL)
#undef KERNEL

#define KERNEL(type, T)                                                                                        \
  extern "C" __global__ void longhaul_verify_within_##type(const T* data, std::size_t count,                   \
                                                           const pattern::Table<T> table, std::uint64_t first, \
                                                           unsigned round, T bound, device::Tally* tally) {    \
    add(tally, device_body::verify_within(grid_of(count), data, nearby(table), first, round, bound));          \
  }
LONGHAUL_BOUNDED(KERNEL)
#undef KERNEL

#define KERNEL(type, T)                                                                                       \
  extern "C" __global__ void longhaul_reduce_##type(T* into, const T* from, std::size_t count, ReduceOp op) { \
    device_body::reduce(grid_of(count), into, from, op);                                                      \
  }                                                                                                           \
  extern "C" __global__ void longhaul_divide_##type(T* data, std::size_t count, int ranks) {                  \
    device_body::divide(grid_of(count), data, ranks);                                                         \
  }
LONGHAUL_TYPES(KERNEL)
#undef KERNEL

extern "C" __global__ void longhaul_load(float* values, std::size_t count, unsigned steps) {
  device_body::load(grid_of(count), values, steps);
}

namespace longhaul::device {
namespace {

#define LAUNCH(kernel, count, T, stream) kernel<<<blocks(count, sizeof(T)), block, 0, stream>>>

#define OVERLOAD(kind, T)                                                                                            \
  void start_fill_copied(Stream stream, T* data, std::size_t count, std::uint32_t seed, std::uint64_t first) {       \
    LAUNCH(longhaul_fill_copied_##kind, count, T, stream)(data, count, seed, first);                                 \
  }                                                                                                                  \
  void start_verify_copied(Stream stream, const T* data, std::size_t count, std::uint32_t seed, std::uint64_t first, \
                           Tally* tally) {                                                                           \
    LAUNCH(longhaul_verify_copied_##kind, count, T, stream)(data, count, seed, first, tally);                        \
  }
LONGHAUL_COPIED_KINDS(OVERLOAD)
#undef OVERLOAD

#define OVERLOAD(bytes, Word)                                                                                      \
  void start_fill_reduced(Stream stream, Word* data, std::size_t count, const pattern::Table<Word>& table,         \
                          std::uint64_t first, unsigned round) {                                                   \
    LAUNCH(longhaul_fill_reduced_##bytes, count, Word, stream)(data, count, table, first, round);                  \
  }                                                                                                                \
  void start_verify_reduced(Stream stream, const Word* data, std::size_t count, const pattern::Table<Word>& table, \
                            std::uint64_t first, unsigned round, Tally* tally) {                                   \
    LAUNCH(longhaul_verify_reduced_##bytes, count, Word, stream)(data, count, table, first, round, tally);         \
  }
LONGHAUL_WORDS(OVERLOAD)
#undef OVERLOAD

#define OVERLOAD(type, T)                                                                                    \
  void start_verify_within(Stream stream, const T* data, std::size_t count, const pattern::Table<T>& table,  \
                           std::uint64_t first, unsigned round, T bound, Tally* tally) {                     \
    LAUNCH(longhaul_verify_within_##type, count, T, stream)(data, count, table, first, round, bound, tally); \
  }
LONGHAUL_BOUNDED(OVERLOAD)
#undef OVERLOAD

#define OVERLOAD(type, T)                                                                    \
  void start_reduce(Stream stream, T* into, const T* from, std::size_t count, ReduceOp op) { \
    LAUNCH(longhaul_reduce_##type, count, T, stream)(into, from, count, op);                 \
  }                                                                                          \
  void start_divide(Stream stream, T* data, std::size_t count, int ranks) {                  \
    LAUNCH(longhaul_divide_##type, count, T, stream)(data, count, ranks);                    \
  }
LONGHAUL_TYPES(OVERLOAD)
#undef OVERLOAD

/// The type whose kernel copies T's bits.
template <class T>
using KindOf = std::conditional_t<
    std::is_floating_point_v<T>, T,
    std::conditional_t<is_small_float<T>, std::conditional_t<sizeof(T) == 1, Float8E4M3, Float16>, WordOf<T>>>;

}  // namespace

void fill_copied(Stream stream, void* data, DataType type, std::size_t count, int rank, std::uint64_t first,
                 unsigned round) {
  if (count == 0) return;
  const std::uint32_t seed = pattern::seed(static_cast<std::uint32_t>(rank), round);
  typed(type, [&]<class T>(T) { start_fill_copied(stream, static_cast<KindOf<T>*>(data), count, seed, first); });
}

void fill_reduced(Stream stream, void* data, DataType type, std::size_t count, ReduceOp op, int rank, int ranks,
                  std::uint64_t first, unsigned round) {
  if (count == 0) return;
  typed(type, [&]<class T>(T) {
    const auto table =
        pattern::contribution<T>(op, static_cast<std::uint32_t>(rank), static_cast<std::uint32_t>(ranks));
    start_fill_reduced(stream, static_cast<WordOf<T>*>(data), count, pass::words(table), first, round);
  });
}

void verify_copied(Stream stream, const void* data, DataType type, std::size_t count, int rank, std::uint64_t first,
                   unsigned round, Tally* tally) {
  if (count == 0) return;
  const std::uint32_t seed = pattern::seed(static_cast<std::uint32_t>(rank), round);
  typed(type, [&]<class T>(T) {
    start_verify_copied(stream, static_cast<const KindOf<T>*>(data), count, seed, first, tally);
  });
}

void verify_reduced(Stream stream, const void* data, DataType type, std::size_t count, ReduceOp op, int ranks,
                    std::uint64_t first, unsigned round, Averaging averaging, Tally* tally) {
  if (count == 0) return;
  const double bound = op == ReduceOp::avg ? avg_bound(type, ranks, averaging) : 0;
  typed(type, [&]<class T>(T) {
    const auto table = pattern::result<T>(op, static_cast<std::uint32_t>(ranks), averaging);
    if constexpr (std::is_floating_point_v<T>) {
      if (bound > 0) {
        start_verify_within(stream, static_cast<const T*>(data), count, table, first, round, static_cast<T>(bound),
                            tally);
        return;
      }
    }
    start_verify_reduced(stream, static_cast<const WordOf<T>*>(data), count, pass::words(table), first, round, tally);
  });
}

void reduce(Stream stream, void* into, const void* from, DataType type, std::size_t count, ReduceOp op) {
  if (count == 0) return;
  typed(type, [&]<class T>(T) { start_reduce(stream, static_cast<T*>(into), static_cast<const T*>(from), count, op); });
}

void divide(Stream stream, void* data, DataType type, std::size_t count, int ranks) {
  if (count == 0) return;
  typed(type, [&]<class T>(T) { start_divide(stream, static_cast<T*>(data), count, ranks); });
}

void load(Stream stream, float* values, std::size_t count, unsigned steps) {
  if (count == 0) return;
  longhaul_load<<<blocks(count, sizeof(float)), block, 0, stream>>>(values, count, steps);
}

}  // namespace longhaul::device
