#include "results/pair_matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "results/statistics.hpp"

namespace longhaul {
namespace {

/// In rank order as the first launch has them, then those that only later launches had. Another launch may have put a
/// rank elsewhere.
struct Rows {
  std::vector<std::string> hosts, sites;
  std::vector<std::int32_t> local_ranks;                                 ///< empty where rows are hosts
  std::map<std::pair<std::int32_t, std::int32_t>, std::size_t> of_rank;  ///< by launch and rank

  std::optional<std::size_t> of(std::int32_t launch, std::int32_t rank) const {
    const auto known = of_rank.find({launch, rank});
    return known == of_rank.end() ? std::nullopt : std::optional(known->second);
  }
};

Rows rows_of(const Results& results, Grain grain) {
  Rows rows;
  std::map<std::pair<std::string, std::int32_t>, std::size_t> place;
  for (const auto& rank : results.ranks) {
    const auto local_rank = grain == Grain::rank ? rank.local_rank : 0;
    const auto [known, is_new] = place.try_emplace({rank.host, local_rank}, rows.hosts.size());
    rows.of_rank[{rank.launch, rank.rank}] = known->second;
    if (!is_new) continue;
    rows.hosts.push_back(rank.host);
    rows.sites.push_back(rank.site);
    if (grain == Grain::rank) rows.local_ranks.push_back(local_rank);
  }
  return rows;
}

using Cell = std::pair<std::size_t, std::size_t>;

std::vector<double> matrix_of(const std::map<Cell, std::vector<double>>& cells, std::size_t size) {
  std::vector<double> matrix(size * size, unknown_value);
  for (const auto& [cell, times] : cells)
    matrix[cell.first * size + cell.second] = matrix[cell.second * size + cell.first] = median(times);
  return matrix;
}

}  // namespace

double PairMatrix::time(std::size_t a, std::size_t b) const {
  std::vector<double> times;
  for (const auto& visit : by_visit)
    if (const double time = visit[a * size() + b]; time > 0) times.push_back(time);
  return times.empty() ? unknown_value : median(times);
}

double PairMatrix::rate(std::size_t a, std::size_t b) const { return static_cast<double>(point.moved) / time(a, b); }

std::string PairMatrix::name(std::size_t row) const {
  return local_ranks.empty() ? hosts[row] : fmt::format("local rank {} of {}", local_ranks[row], hosts[row]);
}

std::vector<PairMatrix> pair_matrices(const Results& results, Grain grain) {
  const auto rows = rows_of(results, grain);
  struct Visit {
    std::map<Cell, std::vector<double>> times, least;
  };
  std::map<std::int32_t, std::map<std::int32_t, Visit>> points;
  for (const auto& row : results.exchanges) {
    const auto& visit = results.visits[static_cast<std::size_t>(row.visit)];
    const auto a = rows.of(visit.launch, row.rank_a), b = rows.of(visit.launch, row.rank_b);
    if (visit.flags & flag_wan_not_felt || !a || !b || rows.hosts[*a] == rows.hosts[*b] || !(row.time > 0)) continue;
    const Cell cell = std::minmax(*a, *b);
    auto& cells = points[visit.point][row.visit];
    cells.times[cell].push_back(row.time);
    cells.least[cell].push_back(row.least);
  }
  std::vector<PairMatrix> matrices;
  for (const auto& [point, visits] : points) {
    PairMatrix matrix{
        results.points[static_cast<std::size_t>(point)], rows.hosts, rows.sites, rows.local_ranks, {}, {}};
    for (const auto& [number, visit] : visits) {
      matrix.by_visit.push_back(matrix_of(visit.times, matrix.size()));
      matrix.least.push_back(matrix_of(visit.least, matrix.size()));
    }
    matrices.push_back(std::move(matrix));
  }
  return matrices;
}

}  // namespace longhaul
