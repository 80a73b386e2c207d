#include "results/nccl_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "results/exported_origin.hpp"
#include "results/imported_table.hpp"
#include "results/nccl_rows.hpp"

namespace longhaul {
namespace {

using Json = nlohmann::ordered_json;

Json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  return std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr);
}

Json half(const PointRow* point) {
  if (!point) return nullptr;
  return {{"time", rounded(point->median * 1e6)},
          {"alg_bw", rounded(point->algbw / 1e9)},
          {"bus_bw", rounded(point->busbw / 1e9)},
          {"nwrong", point->wrong < 0 ? Json("nan") : Json(point->wrong)}};
}

Json row_of(const NcclRow& row) {
  const auto& point = row.any();
  return {{"size", point.moved},
          {"count", nccl_count(point)},
          {"type", type_to_nccl(point.type)},
          {"redop", point.reduce_op.empty() ? "none" : point.reduce_op},
          {"root", std::to_string(nccl_root(point.operation))},
          {"out_of_place", half(row.out_of_place)},
          {"in_place", half(row.in_place)}};
}

/// Wrong elements and the mean bandwidth of a table, of the numbers as written.
struct Totals {
  std::int64_t wrong = 0;
  double bandwidth = 0;
};

Totals totals_of(const std::vector<NcclRow>& rows) {
  Totals totals;
  int count = 0;
  for (const auto& row : rows)
    for (const auto* point : {row.out_of_place, row.in_place}) {
      if (!point) continue;
      totals.wrong += std::max<std::int64_t>(point->wrong, 0);
      const auto bandwidth = rounded(point->busbw / 1e9);
      totals.bandwidth += bandwidth.is_null() ? 0 : bandwidth.get<double>();
      ++count;
    }
  if (count > 0) totals.bandwidth /= count;
  return totals;
}

Json document_of(const std::vector<NcclRow>& rows, const ExportedOrigin& origin) {
  const auto& point = rows.front().any();
  Json devices = Json::array(), results = Json::array();
  for (int rank = 0; rank < point.ranks; ++rank) devices.push_back({{"rank", rank}});
  for (const auto& row : rows) results.push_back(row_of(row));
  const auto totals = totals_of(rows);
  return {{"version", 3},
          {"args", {point.operation + "_perf"}},
          {"longhaul",
           {{"algorithm", point.algorithm},
            {"wan", point.wan},
            {"mode", point.mode},
            {"backend", point.backend},
            {"placement", point.placement},
            {"settings", point.settings},
            {"load", point.load},
            {"scale", origin.scale},
            {"wan_engine", origin.wan_engine},
            {"flags", origin.flags},
            {"time", "median"}}},
          {"config", {{"devices", devices}}},
          {"results", results},
          {"out_of_bounds", {{"count", totals.wrong}, {"okay", totals.wrong == 0 ? "true" : "false"}}},
          {"average_bus_bandwidth", {{"bandwidth", rounded(totals.bandwidth)}}}};
}

}  // namespace

std::string nccl_json(const Results& results) {
  const auto tables = nccl_tables(results.points);
  const auto origin = exported_origin(results);
  std::string text;
  for (const auto& rows : tables)
    text +=
        document_of(rows, origin).dump(tables.size() == 1 ? 2 : -1, ' ', false, Json::error_handler_t::replace) + "\n";
  return text;
}

}  // namespace longhaul
