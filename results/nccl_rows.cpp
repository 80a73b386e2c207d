#include "results/nccl_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "results/imported_table.hpp"

namespace longhaul {
namespace {

/// Things in order of first appearance, by name.
template <class Thing>
class Ordered {
 public:
  Thing& operator[](const std::string& name) {
    const auto [entry, is_new] = index_.try_emplace(name, things_.size());
    if (is_new) things_.emplace_back();
    return things_[entry->second];
  }
  std::vector<Thing> take() { return std::move(things_); }

 private:
  std::map<std::string, std::size_t> index_;
  std::vector<Thing> things_;
};

std::string table_name(const PointRow& point) {
  return fmt::format("{}/{}/{}/{}/{}/{}/{}/{}/{}", point.operation, point.algorithm, point.wan, point.mode,
                     point.backend, point.ranks, point.placement, point.settings, point.load);
}

std::string row_name(const PointRow& point) { return fmt::format("{}/{}/{}", point.type, point.reduce_op, point.size); }

/// Types and reductions in order of appearance, sizes ascending within each.
std::vector<NcclRow> sorted(std::vector<NcclRow> rows) {
  std::vector<std::pair<std::string, std::string>> kinds;
  const auto kind = [&](const NcclRow& row) {
    const std::pair name{row.any().type, row.any().reduce_op};
    const auto found = std::find(kinds.begin(), kinds.end(), name);
    if (found != kinds.end()) return found - kinds.begin();
    kinds.push_back(name);
    return static_cast<std::ptrdiff_t>(kinds.size()) - 1;
  };
  std::vector<std::pair<std::pair<std::ptrdiff_t, std::int64_t>, NcclRow>> keyed;
  for (const auto& row : rows) keyed.push_back({{kind(row), row.any().size}, row});
  std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::transform(keyed.begin(), keyed.end(), rows.begin(), [](const auto& entry) { return entry.second; });
  return rows;
}

}  // namespace

std::vector<std::vector<NcclRow>> nccl_tables(const std::vector<PointRow>& points) {
  Ordered<Ordered<NcclRow>> tables;
  for (const auto& point : points) {
    if (std::isnan(point.median)) continue;
    NcclRow& row = tables[table_name(point)][row_name(point)];
    (point.in_place ? row.in_place : row.out_of_place) = &point;
  }
  std::vector<std::vector<NcclRow>> rows;
  for (auto& table : tables.take()) rows.push_back(sorted(table.take()));
  return rows;
}

std::int64_t nccl_count(const PointRow& point) {
  const int bytes = bytes_of_type(point.type);
  if (bytes == 0) return 0;
  const bool shared =
      point.operation == "all_gather" || point.operation == "reduce_scatter" || point.operation == "all_to_all";
  return point.moved / bytes / (shared && point.ranks > 0 ? point.ranks : 1);
}

int nccl_root(const std::string& operation) { return operation == "broadcast" || operation == "reduce" ? 0 : -1; }

}  // namespace longhaul
