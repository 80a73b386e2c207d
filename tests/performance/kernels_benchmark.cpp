// Bytes per second of the element kernels on one core, beside memcpy: longhaul_kernels_benchmark
#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

#include "kernels/divide.hpp"
#include "kernels/fill.hpp"
#include "kernels/verify.hpp"

namespace longhaul {
namespace {

constexpr std::size_t size = std::size_t{64} << 20;

DataType type_of(const benchmark::State& state) { return static_cast<DataType>(state.range(0)); }
std::size_t count_of(const benchmark::State& state) { return size / size_of(type_of(state)); }

template <class Work>
void measure(benchmark::State& state, const Work& work) {
  std::vector<std::byte> data(size);
  fill_reduced(data.data(), type_of(state), count_of(state), ReduceOp::sum, 0, 0, 1);
  for (auto _ : state) {
    work(data.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * size));
}

void copy(benchmark::State& state) {
  std::vector<std::byte> target(size);
  measure(state, [&](void* data) { std::memcpy(target.data(), data, size); });
}
void fill_copied(benchmark::State& state) {
  measure(state, [&](void* data) { ::longhaul::fill_copied(data, type_of(state), count_of(state), 1, 0, 1); });
}
void fill_reduced(benchmark::State& state) {
  measure(state,
          [&](void* data) { longhaul::fill_reduced(data, type_of(state), count_of(state), ReduceOp::sum, 1, 0, 1); });
}
void verify_copied(benchmark::State& state) {
  measure(state, [&](void* data) {
    benchmark::DoNotOptimize(longhaul::verify_copied(data, type_of(state), count_of(state), 1, 0, 1));
  });
}
void verify_reduced(benchmark::State& state) {
  measure(state, [&](void* data) {
    benchmark::DoNotOptimize(longhaul::verify_reduced(data, type_of(state), count_of(state), ReduceOp::sum, 1, 0, 1));
  });
}
void divide(benchmark::State& state) {
  measure(state, [&](void* data) { longhaul::divide(data, type_of(state), count_of(state), 3); });
}

void each_type(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("type")->DenseRange(static_cast<int>(DataType::int32), static_cast<int>(DataType::float64));
}

BENCHMARK(copy)->ArgName("type")->Arg(static_cast<int>(DataType::float32));
BENCHMARK(fill_copied)->Apply(each_type);
BENCHMARK(fill_reduced)->Apply(each_type);
BENCHMARK(verify_copied)->Apply(each_type);
BENCHMARK(verify_reduced)->Apply(each_type);
BENCHMARK(divide)->Apply(each_type);

}  // namespace
}  // namespace longhaul

BENCHMARK_MAIN();
