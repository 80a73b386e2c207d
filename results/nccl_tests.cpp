#include "results/nccl_tests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "results/exported_origin.hpp"
#include "results/imported_table.hpp"
#include "results/nccl_rows.hpp"

namespace longhaul {
namespace {

/// A number as a reader of the text sees it: what is averaged must be what is printed.
double as_printed(double value) { return std::strtod(shrunk(value, 6).c_str(), nullptr); }

std::string columns_of(const PointRow* point) {
  if (!point) return fmt::format("  {:>7}  {:>6}  {:>6}  {:>6}", "N/A", "N/A", "N/A", "N/A");
  const auto wrong = point->wrong < 0 ? "N/A" : fmt::format("{:g}", static_cast<double>(point->wrong));
  return fmt::format("  {:>7}  {:>6}  {:>6}  {:>6}", shrunk(point->median * 1e6, 7), shrunk(point->algbw / 1e9, 6),
                     shrunk(point->busbw / 1e9, 6), wrong);
}

std::string line_of(const NcclRow& row) {
  const PointRow& point = row.any();
  return fmt::format("{:>12}  {:>12}  {:>8}  {:>6}  {:>6}{}{}\n", point.moved, nccl_count(point),
                     type_to_nccl(point.type), point.reduce_op.empty() ? "none" : point.reduce_op,
                     nccl_root(point.operation), columns_of(row.out_of_place), columns_of(row.in_place));
}

std::string head(const PointRow& point, const std::string& scale) {
  auto text = fmt::format("# Collective test starting: {}_perf\n", point.operation);
  text += fmt::format("# {}, {}, WAN {}, {} mode, {}, {} ranks{}{}{}{}; time is the median\n#\n", point.operation,
                      point.algorithm, point.wan, point.mode, point.backend, point.ranks,
                      point.placement.empty() ? "" : " (" + point.placement + ")", scale,
                      point.load == 0 ? "" : fmt::format(", load {}", point.load),
                      point.settings == "default" ? "" : ", settings " + point.settings);
  text += fmt::format("# {:>10}  {:>12}  {:>8}  {:>6}  {:>6}           out-of-place                       in-place\n",
                      "", "", "", "", "");
  const auto columns = [&](const char* size, const char* count, const char* type, const char* redop, const char* root,
                           const char* time, const char* bandwidth_a, const char* bandwidth_b, const char* wrong) {
    text += fmt::format("# {:>10}  {:>12}  {:>8}  {:>6}  {:>6}", size, count, type, redop, root);
    for (int i = 0; i < 2; ++i)
      text += fmt::format("  {:>7}  {:>6}  {:>6}  {:>6}", time, bandwidth_a, bandwidth_b, wrong);
    text += "\n";
  };
  columns("size", "count", "type", "redop", "root", "time", "algbw", "busbw", "#wrong");
  columns("(B)", "(elements)", "", "", "", "(us)", "(GB/s)", "(GB/s)", "");
  return text;
}

std::string foot(const std::vector<NcclRow>& rows) {
  std::int64_t wrong = 0;
  double sum = 0;
  int count = 0;
  for (const auto& row : rows)
    for (const auto* point : {row.out_of_place, row.in_place}) {
      if (!point) continue;
      wrong += std::max<std::int64_t>(point->wrong, 0);
      sum += as_printed(point->busbw / 1e9);
      ++count;
    }
  return fmt::format("# Out of bounds values : {} {}\n# Avg bus bandwidth    : {:g}\n#\n", wrong,
                     wrong ? "FAILED" : "OK", sum / count) +
         fmt::format("# Collective test concluded: {}_perf\n", rows.front().any().operation);
}

/// What a gate must know of the launches and a table of nccl-tests has no word for; the import reads it back.
std::string origin_lines(const ExportedOrigin& origin) {
  std::string text;
  if (origin.scale == uncapped_scale)
    text += "# rates uncapped: bandwidths are those of the machine that played the lab\n";
  if (origin.wan_engine != "none") text += fmt::format("# WAN engine: {}\n", origin.wan_engine);
  if (!origin.flags.empty()) text += fmt::format("# marks: {}\n", origin.flags);
  return text;
}

}  // namespace

std::string shrunk(double value, int width) {
  for (const int decimals : {2, 1, 0}) {
    auto text = fmt::format("{:.{}f}", value, decimals);
    if (static_cast<int>(text.size()) <= width) return text;
  }
  const auto text = fmt::format("{:.1e}", value);
  return static_cast<int>(text.size()) <= width ? text : fmt::format("{:.0e}", value);
}

std::string nccl_tests(const Results& results) {
  const auto origin = exported_origin(results);
  const auto scale = origin.scale > 1 ? fmt::format(", rates 1:{}", origin.scale) : "";
  std::string text;
  for (const auto& rows : nccl_tables(results.points)) {
    text += (text.empty() ? "" : "\n") + head(rows.front().any(), scale) + origin_lines(origin);
    for (const auto& row : rows) text += line_of(row);
    text += foot(rows);
  }
  return text;
}

}  // namespace longhaul
