#include "collectives/vocabulary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "topologies/error.hpp"
#include "topologies/nearest.hpp"

namespace longhaul {
namespace {

template <class Value>
using Name = std::pair<Value, std::string_view>;

constexpr std::array operations{Name<Operation>{Operation::all_reduce, "all_reduce"},
                                Name<Operation>{Operation::all_gather, "all_gather"},
                                Name<Operation>{Operation::reduce_scatter, "reduce_scatter"},
                                Name<Operation>{Operation::broadcast, "broadcast"},
                                Name<Operation>{Operation::reduce, "reduce"},
                                Name<Operation>{Operation::all_to_all, "all_to_all"},
                                Name<Operation>{Operation::send_recv, "send_recv"}};
constexpr std::array data_types{Name<DataType>{DataType::int8, "int8"},
                                Name<DataType>{DataType::uint8, "uint8"},
                                Name<DataType>{DataType::int32, "int32"},
                                Name<DataType>{DataType::uint32, "uint32"},
                                Name<DataType>{DataType::int64, "int64"},
                                Name<DataType>{DataType::uint64, "uint64"},
                                Name<DataType>{DataType::float16, "float16"},
                                Name<DataType>{DataType::bfloat16, "bfloat16"},
                                Name<DataType>{DataType::float8_e4m3, "float8_e4m3"},
                                Name<DataType>{DataType::float8_e5m2, "float8_e5m2"},
                                Name<DataType>{DataType::float32, "float32"},
                                Name<DataType>{DataType::float64, "float64"}};
/// As nccl-tests calls them (`-d float`).
constexpr std::array type_aliases{Name<DataType>{DataType::float16, "half"}, Name<DataType>{DataType::float32, "float"},
                                  Name<DataType>{DataType::float64, "double"}};
constexpr std::array reduce_ops{Name<ReduceOp>{ReduceOp::sum, "sum"}, Name<ReduceOp>{ReduceOp::prod, "prod"},
                                Name<ReduceOp>{ReduceOp::min, "min"}, Name<ReduceOp>{ReduceOp::max, "max"},
                                Name<ReduceOp>{ReduceOp::avg, "avg"}};
constexpr std::array algorithms{Name<Algorithm>{Algorithm::flat, "flat"},
                                Name<Algorithm>{Algorithm::hierarchical, "hierarchical"}};
constexpr std::array modes{Name<Mode>{Mode::latency, "latency"}, Name<Mode>{Mode::throughput, "throughput"},
                           Name<Mode>{Mode::soak, "soak"}};

template <class Value, std::size_t count>
std::string find_name(const std::array<Name<Value>, count>& names, Value value) {
  for (const auto& [known, name] : names)
    if (known == value) return std::string(name);
  return fmt::format("#{}", static_cast<int>(value));
}

template <class Value, std::size_t count>
std::vector<std::string> list_names(const std::array<Name<Value>, count>& names) {
  std::vector<std::string> known;
  for (const auto& [value, name] : names) known.emplace_back(name);
  return known;
}

template <class Value, std::size_t count>
Value find_value(const std::array<Name<Value>, count>& names, std::string_view what, std::string_view word) {
  for (const auto& [value, name] : names)
    if (name == word) return value;
  const auto known = list_names(names);
  const std::string meant = nearest(word, known);
  throw UsageError("unknown {} '{}'; {}expected one of {}", what, word,
                   meant.empty() ? "" : fmt::format("did you mean '{}'? ", meant), fmt::join(known, ", "));
}

}  // namespace

std::string name_of(Operation operation) { return find_name(operations, operation); }
std::string name_of(DataType type) { return find_name(data_types, type); }
std::string name_of(ReduceOp op) { return find_name(reduce_ops, op); }
std::string name_of(Algorithm algorithm) { return find_name(algorithms, algorithm); }
std::string name_of(Mode mode) { return find_name(modes, mode); }

Operation parse_operation(std::string_view name) { return find_value(operations, "collective", name); }
DataType parse_data_type(std::string_view name) {
  for (const auto& [type, alias] : type_aliases)
    if (alias == name) return type;
  return find_value(data_types, "type", name);
}
ReduceOp parse_reduce_op(std::string_view name) { return find_value(reduce_ops, "reduce-op", name); }
Algorithm parse_algorithm(std::string_view name) { return find_value(algorithms, "algorithm", name); }
Mode parse_mode(std::string_view name) { return find_value(modes, "mode", name); }

std::vector<std::string> operation_names() { return list_names(operations); }
std::vector<std::string> data_type_names() { return list_names(data_types); }
std::vector<std::string> reduce_op_names() { return list_names(reduce_ops); }
std::vector<std::string> algorithm_names() { return list_names(algorithms); }
std::vector<std::string> mode_names() { return list_names(modes); }

bool reduces(Operation operation) {
  return operation == Operation::all_reduce || operation == Operation::reduce_scatter || operation == Operation::reduce;
}

bool has_in_place(Operation operation) {
  return operation != Operation::send_recv && operation != Operation::all_to_all;
}

bool has_hierarchical(Operation operation) {
  return operation == Operation::all_reduce || operation == Operation::all_gather;
}

std::string Point::key() const {
  return fmt::format("{}/{}/{}/{}/{}/{}/{}/{}/{}/{}/{}{}{}", name_of(operation), name_of(algorithm), name_of(type),
                     reduces(operation) ? name_of(op) : "none", in_place ? "in-place" : "out-of-place", name_of(mode),
                     size.count, wan, backend, ranks, placement, settings == "default" ? "" : "/" + settings,
                     load == 0 ? "" : fmt::format("/load={}", load));
}

}  // namespace longhaul
