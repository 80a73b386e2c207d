#pragma once
#include <map>
#include <set>
#include <span>
#include <string>

#include "results/tables.hpp"

namespace longhaul {

/// Names of a file's points in sentences: collective, algorithm, size and WAN setting, and whatever else tells two
/// points of one collective apart in that file, no more.
class PointNames {
 public:
  explicit PointNames(std::span<const PointRow> points);
  /// "flat all_reduce of 1 MiB at native (in place, load 8)"
  std::string of(const PointRow& point) const;
  /// What stands in the brackets; empty where nothing else varies.
  std::string rest(const PointRow& point) const;

 private:
  std::map<std::string, std::set<std::size_t>> varying_;  ///< by collective: places in the list of axes
};

}  // namespace longhaul
