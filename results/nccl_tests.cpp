#include "results/nccl_tests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

#include "results/imported_table.hpp"

namespace longhaul {
namespace {

/// One line: the same point out of place and in place.
struct Row {
  const PointRow* out_of_place = nullptr;
  const PointRow* in_place = nullptr;
  const PointRow& any() const { return out_of_place ? *out_of_place : *in_place; }
};

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
  return fmt::format("{}/{}/{}/{}/{}/{}/{}", point.operation, point.algorithm, point.wan, point.mode, point.backend,
                     point.ranks, point.placement);
}

std::string row_name(const PointRow& point) { return fmt::format("{}/{}/{}", point.type, point.reduce_op, point.size); }

/// Types and reductions in order of appearance, sizes ascending within each.
std::vector<Row> sorted(std::vector<Row> rows) {
  std::vector<std::pair<std::string, std::string>> kinds;
  const auto kind = [&](const Row& row) {
    const std::pair name{row.any().type, row.any().reduce_op};
    const auto found = std::find(kinds.begin(), kinds.end(), name);
    if (found != kinds.end()) return found - kinds.begin();
    kinds.push_back(name);
    return static_cast<std::ptrdiff_t>(kinds.size()) - 1;
  };
  std::vector<std::pair<std::pair<std::ptrdiff_t, std::int64_t>, Row>> keyed;
  for (const auto& row : rows) keyed.push_back({{kind(row), row.any().size}, row});
  std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::transform(keyed.begin(), keyed.end(), rows.begin(), [](const auto& entry) { return entry.second; });
  return rows;
}

std::vector<std::vector<Row>> tables_of(const std::vector<PointRow>& points) {
  Ordered<Ordered<Row>> tables;
  for (const auto& point : points) {
    if (std::isnan(point.median)) continue;
    Row& row = tables[table_name(point)][row_name(point)];
    (point.in_place ? row.in_place : row.out_of_place) = &point;
  }
  std::vector<std::vector<Row>> rows;
  for (auto& table : tables.take()) rows.push_back(sorted(table.take()));
  return rows;
}

/// Elements as nccl-tests counts them: of a rank's share where each rank has one.
std::int64_t count_of(const PointRow& point) {
  const int bytes = bytes_of_type(point.type);
  if (bytes == 0) return 0;
  const bool shared =
      point.operation == "all_gather" || point.operation == "reduce_scatter" || point.operation == "all_to_all";
  return point.moved / bytes / (shared && point.ranks > 0 ? point.ranks : 1);
}

/// A number as a reader of the text sees it: what is averaged must be what is printed.
double as_printed(double value) { return std::strtod(shrunk(value, 6).c_str(), nullptr); }

int root_of(const std::string& operation) { return operation == "broadcast" || operation == "reduce" ? 0 : -1; }

std::string half(const PointRow* point) {
  if (!point) return fmt::format("  {:>7}  {:>6}  {:>6}  {:>6}", "N/A", "N/A", "N/A", "N/A");
  const auto wrong = point->wrong < 0 ? "N/A" : fmt::format("{:g}", static_cast<double>(point->wrong));
  return fmt::format("  {:>7}  {:>6}  {:>6}  {:>6}", shrunk(point->median * 1e6, 7), shrunk(point->algbw / 1e9, 6),
                     shrunk(point->busbw / 1e9, 6), wrong);
}

std::string line_of(const Row& row) {
  const PointRow& point = row.any();
  return fmt::format("{:>12}  {:>12}  {:>8}  {:>6}  {:>6}{}{}\n", point.moved, count_of(point),
                     type_to_nccl(point.type), point.reduce_op.empty() ? "none" : point.reduce_op,
                     root_of(point.operation), half(row.out_of_place), half(row.in_place));
}

std::string head(const PointRow& point, const std::string& scale) {
  auto text = fmt::format("# Collective test starting: {}_perf\n", point.operation);
  text += fmt::format("# {}, {}, WAN {}, {} mode, {}, {} ranks{}{}; time is the median\n#\n", point.operation,
                      point.algorithm, point.wan, point.mode, point.backend, point.ranks,
                      point.placement.empty() ? "" : " (" + point.placement + ")", scale);
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

std::string foot(const std::vector<Row>& rows) {
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

std::string scale_of(const Results& results) {
  int scale = 1;
  for (const auto& launch : results.launches) scale = std::max(scale, launch.scale);
  return scale > 1 ? fmt::format(", rates 1:{}", scale) : "";
}

}  // namespace

std::string shrunk(double value, int width) {
  for (const int decimals : {2, 1, 0}) {
    const auto text = fmt::format("{:.{}f}", value, decimals);
    if (static_cast<int>(text.size()) <= width) return text;
  }
  const auto text = fmt::format("{:.1e}", value);
  return static_cast<int>(text.size()) <= width ? text : fmt::format("{:.0e}", value);
}

std::string nccl_tests(const Results& results) {
  const auto scale = scale_of(results);
  std::string text;
  for (const auto& rows : tables_of(results.points)) {
    text += (text.empty() ? "" : "\n") + head(rows.front().any(), scale);
    for (const auto& row : rows) text += line_of(row);
    text += foot(rows);
  }
  return text;
}

}  // namespace longhaul
