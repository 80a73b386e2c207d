// Bytes moved per second by the element kernels, beside memcpy and a STREAM-like triad in the same run, on all cores:
// longhaul_kernels_benchmark. Bytes count as touched: a copy touches two for each byte copied, a fill one, a triad
// three, a reduction three (into twice).
#include <benchmark/benchmark.h>

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "kernels/divide.hpp"
#include "kernels/fill.hpp"
#include "kernels/load.hpp"
#include "kernels/parallel.hpp"
#include "kernels/reduce.hpp"
#include "kernels/verify.hpp"

namespace longhaul {
namespace {

constexpr std::size_t size = std::size_t{64} << 20;
constexpr int ranks = 4;

struct Named {
  DataType type;
  const char* name;
};
constexpr std::array types{Named{DataType::int8, "int8"},
                           Named{DataType::uint8, "uint8"},
                           Named{DataType::int32, "int32"},
                           Named{DataType::uint32, "uint32"},
                           Named{DataType::int64, "int64"},
                           Named{DataType::uint64, "uint64"},
                           Named{DataType::float16, "float16"},
                           Named{DataType::bfloat16, "bfloat16"},
                           Named{DataType::float8_e4m3, "float8_e4m3"},
                           Named{DataType::float8_e5m2, "float8_e5m2"},
                           Named{DataType::float32, "float32"},
                           Named{DataType::float64, "float64"}};

/// Two buffers of their own pages.
struct Memory {
  std::unique_ptr<std::byte[]> a = std::make_unique<std::byte[]>(size), b = std::make_unique<std::byte[]>(size);
};

/// @param touched  bytes read or written for each byte of a buffer
template <class Work>
void measure(benchmark::State& state, DataType type, int touched, const Work& work) {
  Memory memory;
  fill_reduced(memory.a.get(), type, size / size_of(type), ReduceOp::sum, 0, ranks, 0, 1);
  fill_reduced(memory.b.get(), type, size / size_of(type), ReduceOp::sum, 1, ranks, 0, 1);
  for (auto _ : state) {
    work(memory.a.get(), memory.b.get(), size / size_of(type));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * size) * touched);
}

void copy(benchmark::State& state) {
  measure(state, DataType::float64, 2, [](std::byte* a, std::byte* b, std::size_t) {
    in_parallel(size, 1, [=](std::size_t begin, std::size_t end) { std::memcpy(a + begin, b + begin, end - begin); });
  });
}

void triad(benchmark::State& state) {
  const auto third = std::make_unique<double[]>(size / sizeof(double));
  measure(state, DataType::float64, 3, [&](std::byte* a, std::byte* b, std::size_t count) {
    auto* const to = reinterpret_cast<double*>(a);
    const auto* const x = reinterpret_cast<const double*>(b);
    const double* const y = third.get();
    in_parallel(count, 3 * sizeof(double), [=](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) to[i] = x[i] + 3.0 * y[i];
    });
  });
}

void add(const std::string& name, DataType type, int touched,
         void (*work)(DataType, std::byte*, std::byte*, std::size_t)) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    measure(state, type, touched, [=](std::byte* a, std::byte* b, std::size_t count) { work(type, a, b, count); });
  })->UseRealTime();
}

/// A check of data that are right, as they nearly always are.
void add_check(const std::string& name, DataType type, void (*prepare)(DataType, std::byte*, std::size_t),
               std::optional<Mismatch> (*check)(DataType, std::byte*, std::size_t)) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    const auto memory = std::make_unique<std::byte[]>(size);
    const std::size_t count = size / size_of(type);
    prepare(type, memory.get(), count);
    for (auto _ : state)
      if (check(type, memory.get(), count)) state.SkipWithError("right data were called wrong");
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * size));
  })->UseRealTime();
}

void add_all() {
  using Bytes = std::byte*;
  benchmark::RegisterBenchmark("memcpy", copy)->UseRealTime();
  benchmark::RegisterBenchmark("triad", triad)->UseRealTime();
  for (const auto& [type, name] : types) {
    const std::string suffix = std::string("/") + name;
    add("fill_copied" + suffix, type, 1,
        [](DataType t, Bytes a, Bytes, std::size_t count) { fill_copied(a, t, count, 1, 0, 1); });
    add("fill_reduced" + suffix, type, 1, [](DataType t, Bytes a, Bytes, std::size_t count) {
      fill_reduced(a, t, count, ReduceOp::sum, 1, ranks, 0, 1);
    });
    add_check(
        "verify_copied" + suffix, type,
        [](DataType t, Bytes a, std::size_t count) { fill_copied(a, t, count, 1, 0, 1); },
        [](DataType t, Bytes a, std::size_t count) { return verify_copied(a, t, count, 1, 0, 1); });
    add_check(
        "verify_reduced" + suffix, type,
        [](DataType t, Bytes a, std::size_t count) { fill_reduced(a, t, count, ReduceOp::sum, 0, 1, 0, 1); },
        [](DataType t, Bytes a, std::size_t count) { return verify_reduced(a, t, count, ReduceOp::sum, 1, 0, 1); });
    add("reduce" + suffix, type, 3,
        [](DataType t, Bytes a, Bytes b, std::size_t count) { reduce(a, b, t, count, ReduceOp::max); });
    add("divide" + suffix, type, 2, [](DataType t, Bytes a, Bytes, std::size_t count) { divide(a, t, count, 1); });
  }
  add("load/float32", DataType::float32, 2,
      [](DataType, Bytes a, Bytes, std::size_t count) { load(reinterpret_cast<float*>(a), count, 16); });
}

}  // namespace
}  // namespace longhaul

int main(int argc, char** argv) {
  longhaul::add_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
