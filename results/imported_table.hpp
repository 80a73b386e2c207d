#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "results/imported.hpp"

/// What the readers of other tools' formats share.
namespace longhaul {

/// nccl-tests' names as ours, and back: "float" ↔ "float32", "half" ↔ "float16", "alltoall" ↔ "all_to_all". Names that
/// are the same in both, or unknown, stay.
std::string type_from_nccl(std::string_view name);
std::string type_to_nccl(std::string_view name);
/// "all_reduce_perf", "AllReduce", "Allreduce" → "all_reduce"; empty where it is none of ours.
std::string operation_from(std::string_view name);
/// Bytes of an element by our name of its type; 0 where unknown.
int bytes_of_type(std::string_view type);

/// Axes that a table of another tool does not say row by row.
struct TableAxes {
  std::string operation, algorithm = "flat", mode = "throughput", wan = "native", backend = "nccl", placement;
  int ranks = 0;
  std::string settings = "default";
};

/// Builds results row by row.
class ImportBuilder {
 public:
  explicit ImportBuilder(const ImportHints& hints);

  struct Value {
    double time = unknown_value;                          ///< s
    double algbw = unknown_value, busbw = unknown_value;  ///< bytes/s, as told; NaN: from the time
    std::int64_t wrong = -1;
  };
  /// @return false where the point is there already
  bool add(const TableAxes& axes, std::int64_t size, const std::string& type, const std::string& reduce_op,
           bool in_place, const Value& value);
  void add_failure(const TableAxes& axes, std::int64_t size, const std::string& reason);
  void skip(std::size_t line, const std::string& why);
  LaunchRow& launch() { return imported_.results.launches.front(); }
  Imported take() { return std::move(imported_); }

 private:
  PointRow& add_point(const TableAxes& axes, std::int64_t size, const std::string& type, const std::string& reduce_op,
                      bool in_place, const std::string& key);
  Imported imported_;
  std::set<std::string> keys_;
};

/// The readers; each takes the lines it knows.
Imported import_nccl_text(std::string_view text, const ImportHints& hints);
Imported import_nccl_json(std::string_view text, const ImportHints& hints);
Imported import_osu_text(std::string_view text, const ImportHints& hints);

}  // namespace longhaul
