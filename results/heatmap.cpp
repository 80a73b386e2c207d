#include "results/heatmap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "results/statistics.hpp"
#include "topologies/text_table.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

constexpr double marked = 0.9;  ///< of the median of the same two sites
constexpr std::int64_t small_cell = 4096;
constexpr std::size_t most_columns = 16;

using Sites = std::pair<std::string, std::string>;

/// What a cell shows: microseconds of small messages, GB/s of large ones; more is better in both `share`s.
struct Scale {
  const char* unit;
  bool is_time;
  double value(const PairMatrix& matrix, std::size_t a, std::size_t b) const {
    return is_time ? matrix.time(a, b) * 1e6 : matrix.rate(a, b) / 1e9;
  }
  double share(double value, double usual) const { return is_time ? usual / value : value / usual; }
};

std::map<Sites, double> usual_values(const PairMatrix& matrix, const Scale& scale) {
  std::map<Sites, std::vector<double>> values;
  for (std::size_t a = 0; a < matrix.size(); ++a)
    for (std::size_t b = a + 1; b < matrix.size(); ++b)
      if (const double value = scale.value(matrix, a, b); value > 0)
        values[std::minmax(matrix.sites[a], matrix.sites[b])].push_back(value);
  std::map<Sites, double> usual;
  for (const auto& [sites, all] : values) usual[sites] = median(all);
  return usual;
}

/// "0.412", "0.331▼"; with many hosts "·" for as usual, "▼" for less.
std::string cell(double value, double share, bool many) {
  if (!std::isfinite(value)) return "–";
  const bool low = share < marked;
  if (many) return low ? "▼" : "·";
  return format_significant(value) + (low ? "▼" : " ");
}

}  // namespace

std::string heatmap(const PairMatrix& matrix) {
  const Scale scale = matrix.point.moved <= small_cell ? Scale{"µs", true} : Scale{"GB/s", false};
  const auto usual = usual_values(matrix, scale);
  const bool many = matrix.size() > most_columns;
  TextTable table{{{"", TextTable::Align::left}}, {}};
  for (std::size_t i = 0; i < matrix.size(); ++i)
    table.columns.push_back({many ? std::to_string((i + 1) % 10) : matrix.hosts[i], TextTable::Align::right});
  for (std::size_t a = 0; a < matrix.size(); ++a) {
    std::vector<std::string> row{matrix.hosts[a]};
    for (std::size_t b = 0; b < matrix.size(); ++b) {
      const double value = a == b ? unknown_value : scale.value(matrix, a, b);
      const auto known = usual.find(std::minmax(matrix.sites[a], matrix.sites[b]));
      row.push_back(a == b ? (many ? "" : "· ")
                           : cell(value, known == usual.end() ? 1 : scale.share(value, known->second), many));
    }
    table.rows.push_back(std::move(row));
  }
  return fmt::format("{} · {} at {} · {} one way, ▼ 10 % or more behind others between the same sites\n{}",
                     matrix.point.settings, format_bytes({static_cast<std::uint64_t>(matrix.point.moved)}),
                     matrix.point.wan, scale.unit, table.str());
}

std::string heatmaps(const Results& results) {
  std::string text;
  for (const auto& matrix : pair_matrices(results)) text += (text.empty() ? "" : "\n") + heatmap(matrix);
  return text;
}

}  // namespace longhaul
