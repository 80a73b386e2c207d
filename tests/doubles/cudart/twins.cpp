#include "twins.hpp"

#include <cstring>
#include <map>
#include <tuple>
#include <utility>

#include "kernels/device.hpp"
#include "kernels/device_body.hpp"
#include "runtime.hpp"

namespace longhaul::doubles {
namespace {

/// More than a few would only repeat each other: the stride is what has to be right.
constexpr std::size_t most_threads = 7;

template <class... Arguments>
std::vector<Twin::Parameter> laid_out(std::size_t& bytes) {
  std::vector<Twin::Parameter> parameters;
  const auto place = [&](std::size_t size, std::size_t alignment) {
    bytes = (bytes + alignment - 1) / alignment * alignment;
    parameters.push_back({bytes, size});
    bytes += size;
  };
  // NOLINTNEXTLINE(bugprone-sizeof-expression): some are pointers
  (place(sizeof(Arguments), alignof(Arguments)), ...);
  return parameters;
}

template <class T>
T value_at(const void* values, const Twin::Parameter& parameter) {
  T value;
  // NOLINTNEXTLINE(bugprone-sizeof-expression): some are pointers
  std::memcpy(&value, static_cast<const std::byte*>(values) + parameter.offset, sizeof value);
  return value;
}

/// Every pointer must lead into device memory; the first, and those of its type, to `count` elements of it.
template <class Pointer>
std::string judged(Pointer pointer, std::size_t count) {
  if constexpr (std::is_pointer_v<Pointer>) {
    using Element = std::remove_pointer_t<Pointer>;
    auto& memory = Memory::instance();
    const bool tally = std::is_same_v<Element, device::Tally>;
    if (memory.was_freed(pointer)) return "is given freed memory (RT, cudaFree)";
    if (!memory.holds(pointer, (tally ? 1 : count) * sizeof(Element)))
      return "is given a pointer that is not device memory, or too little of it (PG, Device Memory)";
  }
  return {};
}

/// A twin of `body(Grid, arguments…)`, where `count` is the kernel's parameter of that place.
template <std::size_t count_at, class... Arguments, class Body>
Twin make(const std::string& name, Body body) {
  Twin twin;
  twin.name = name;
  twin.parameters = laid_out<Arguments...>(twin.bytes);
  const auto parameters = twin.parameters;
  const auto unpacked = [parameters](const void* values) {
    return [&]<std::size_t... at>(std::index_sequence<at...>) {
      return std::tuple<Arguments...>(value_at<Arguments>(values, parameters[at])...);
    }
    (std::index_sequence_for<Arguments...>{});
  };
  twin.run = [unpacked, body](std::size_t threads, void* values) {
    auto arguments = unpacked(values);
    const std::size_t workers = std::min(threads, most_threads);
    for (std::size_t worker = 0; worker < workers; ++worker) {
      const Grid grid{worker, workers, std::get<count_at>(arguments)};
      std::apply([&](auto&... argument) { body(grid, argument...); }, arguments);
    }
  };
  twin.wrong_pointer = [unpacked](const void* values) {
    const auto arguments = unpacked(values);
    std::string wrong;
    std::apply(
        [&](const auto&... argument) {
          ((wrong = wrong.empty() ? judged(argument, std::get<count_at>(arguments)) : wrong), ...);
        },
        arguments);
    return wrong;
  };
  return twin;
}

void add(device::Tally* tally, pass::Wrong wrong) {
  tally->count += wrong.count;
  tally->first = std::min(tally->first, wrong.first);
}

std::map<std::string, Twin> all_twins() {
  std::map<std::string, Twin> twins;
  const auto enter = [&](Twin twin) { twins[twin.name] = std::move(twin); };
  using Size = std::size_t;
  using Offset = std::uint64_t;
  // NOLINTBEGIN(bugprone-macro-parentheses): the arguments are types
#define TWIN(kind, T)                                                                              \
  enter(make<1, T*, Size, std::uint32_t, Offset>(                                                  \
      "longhaul_fill_copied_" #kind,                                                               \
      [](Grid g, T* d, Size, auto s, auto f) { device_body::fill_copied(g, d, s, f); }));          \
  enter(make<1, const T*, Size, std::uint32_t, Offset, device::Tally*>(                            \
      "longhaul_verify_copied_" #kind, [](Grid g, const T* d, Size, auto s, auto f, auto* tally) { \
        add(tally, device_body::verify_copied(g, d, s, f));                                        \
      }));
  LONGHAUL_COPIED_KINDS(TWIN)
#undef TWIN
#define TWIN(bytes, W)                                                                                            \
  enter(make<1, W*, Size, pattern::Table<W>, Offset, unsigned>(                                                   \
      "longhaul_fill_reduced_" #bytes,                                                                            \
      [](Grid g, W* d, Size, auto& t, auto f, unsigned r) { device_body::fill_reduced(g, d, t, f, r); }));        \
  enter(make<1, const W*, Size, pattern::Table<W>, Offset, unsigned, device::Tally*>(                             \
      "longhaul_verify_reduced_" #bytes, [](Grid g, const W* d, Size, auto& t, auto f, unsigned r, auto* tally) { \
        add(tally, device_body::verify_reduced(g, d, t, f, r));                                                   \
      }));
  LONGHAUL_WORDS(TWIN)
#undef TWIN
#define TWIN(type, T)                                                                    \
  enter(make<1, const T*, Size, pattern::Table<T>, Offset, unsigned, T, device::Tally*>( \
      "longhaul_verify_within_" #type,                                                   \
      [](Grid g, const T* d, Size, auto& t, auto f, unsigned r, T bound, auto* tally) {  \
        add(tally, device_body::verify_within(g, d, t, f, r, bound));                    \
      }));
  LONGHAUL_BOUNDED(TWIN)
#undef TWIN
#define TWIN(type, T)                                                                          \
  enter(make<2, T*, const T*, Size, ReduceOp>(                                                 \
      "longhaul_reduce_" #type,                                                                \
      [](Grid g, T* a, const T* b, Size, ReduceOp op) { device_body::reduce(g, a, b, op); })); \
  enter(make<1, T*, Size, int>("longhaul_divide_" #type,                                       \
                               [](Grid g, T* d, Size, int ranks) { device_body::divide(g, d, ranks); }));
  LONGHAUL_TYPES(TWIN)
#undef TWIN
  // NOLINTEND(bugprone-macro-parentheses)
  enter(make<1, float*, Size, unsigned>(
      "longhaul_load", [](Grid g, float* d, Size, unsigned steps) { device_body::load(g, d, steps); }));
  return twins;
}

}  // namespace

const Twin* twin_of(const std::string& name) {
  static const auto* const twins = new std::map<std::string, Twin>(all_twins());
  const auto found = twins->find(name);
  return found == twins->end() ? nullptr : &found->second;
}

}  // namespace longhaul::doubles
