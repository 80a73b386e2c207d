#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "kernels/data_type.hpp"
#include "topologies/units.hpp"

namespace longhaul {

enum class Operation { all_reduce, all_gather, reduce_scatter, broadcast, reduce, all_to_all, send_recv };

/// flat: the library's own algorithm over all ranks. hierarchical: within each campus, across, within.
enum class Algorithm { flat, hierarchical };

/// latency: one collective a sample, common start to last finish. throughput: N back to back, mean over ranks. soak:
/// one after the other while events happen to the links, each by rank 0's clock.
enum class Mode { latency, throughput, soak };

/// Names as users type and files store them: "all_reduce", "float32", "sum", "flat", "latency".
std::string name_of(Operation operation);
std::string name_of(DataType type);
std::string name_of(ReduceOp op);
std::string name_of(Algorithm algorithm);
std::string name_of(Mode mode);

/// @throws UsageError naming the values there are, and the nearest one ("did you mean …")
Operation parse_operation(std::string_view name);
DataType parse_data_type(std::string_view name);
ReduceOp parse_reduce_op(std::string_view name);
Algorithm parse_algorithm(std::string_view name);
Mode parse_mode(std::string_view name);

/// Every name there is, in the enumeration's order; for help texts and shell completion.
std::vector<std::string> operation_names();
std::vector<std::string> data_type_names();
std::vector<std::string> reduce_op_names();
std::vector<std::string> algorithm_names();
std::vector<std::string> mode_names();

/// True for all_reduce, reduce_scatter, reduce: those that combine elements.
bool reduces(Operation operation);
/// True where an in-place variant is defined (nccl-tests' convention): all but send_recv and all_to_all.
bool has_in_place(Operation operation);
/// True where a hierarchical form is defined: all_reduce, all_gather.
bool has_hierarchical(Operation operation);

/// One cell of the sweep: every axis that a measurement depends on. Two points with equal keys are the same point.
struct Point {
  Operation operation = Operation::all_reduce;
  Algorithm algorithm = Algorithm::flat;
  DataType type = DataType::float32;
  ReduceOp op = ReduceOp::sum;  ///< meaningful where reduces(operation)
  bool in_place = false;
  Mode mode = Mode::latency;
  Bytes size;                  ///< as asked: max(send, receive) bytes of a rank; see counts.hpp for what is moved
  std::string wan = "native";  ///< WanSetting::id
  std::string backend = "mpi";
  int ranks = 1;
  std::string placement;  ///< ranks per site in rank order, run-length coded: "2a,2b" (letters are sites in order)
  std::string settings = "default";  ///< NcclSettings as text; "default" for other backends
  unsigned load = 0;                 ///< compute beside it: multiply-adds an element (Device::start_load); 0 none

  /// Canonical text of all axes, e.g. "all_reduce/flat/float32/sum/out-of-place/latency/65536/native/mpi/4/2a,2b".
  /// The op of an operation that does not reduce is "none", so that it does not tell points apart. Settings other than
  /// the default follow at the end, then a load, "load=64".
  std::string key() const;
};

}  // namespace longhaul
