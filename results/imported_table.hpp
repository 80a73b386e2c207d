#pragma once
#include <map>
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
  std::int32_t load = 0;
};

/// Builds results row by row. Where a point comes again, it was measured again: after the same start of the program in
/// another round, after a later start in another launch.
class ImportBuilder {
 public:
  explicit ImportBuilder(const ImportHints& hints);

  struct Value {
    double time = unknown_value;                          ///< s
    double resolution = unknown_value;                    ///< a unit of the time's last printed digit, s
    double algbw = unknown_value, busbw = unknown_value;  ///< bytes/s, as told; NaN: from the time
    std::int64_t wrong = -1;
  };
  /// What follows is of another start of the program.
  void start() { ++start_; }
  void add(const TableAxes& axes, std::int64_t size, const std::string& type, const std::string& reduce_op,
           bool in_place, const Value& value);
  /// A collective that broke off, where and in which type it is not known: `size` is the greatest it was to reach.
  /// Without a number of ranks that too is unknown.
  void add_failure(const TableAxes& axes, std::int64_t size, const std::string& reason);
  void skip(std::size_t line, const std::string& why);
  LaunchRow& launch() { return imported_.results.launches.front(); }
  Imported take();

 private:
  /// Where a point was seen last.
  struct Seen {
    std::int32_t point = 0, start = 0, launch = 0, round = 0;
  };
  PointRow& add_point(const TableAxes& axes, std::int64_t size, const std::string& type, const std::string& reduce_op,
                      bool in_place, const std::string& key);
  /// @return its number
  std::int32_t add_measured(const TableAxes& axes, std::int64_t size, const std::string& type,
                            const std::string& reduce_op, bool in_place, const std::string& key, const Value& value);
  Imported imported_;
  std::map<std::string, Seen> seen_;
  std::int32_t start_ = 0, launches_ = 1;
};

/// The readers; each takes the lines it knows.
Imported import_nccl_text(std::string_view text, const ImportHints& hints);
Imported import_nccl_json(std::string_view text, const ImportHints& hints);
Imported import_osu_text(std::string_view text, const ImportHints& hints);

}  // namespace longhaul
