#include "results/pair_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "results/statistics.hpp"

namespace longhaul {
namespace {

/// Hosts in rank order, and the host of each rank, as the first launch has them.
struct Hosts {
  std::vector<std::string> names, sites;
  std::vector<std::size_t> of_rank;
};

Hosts hosts_of(const Results& results) {
  Hosts hosts;
  const auto launch = results.ranks.empty() ? 0 : results.ranks.front().launch;
  for (const auto& row : results.ranks) {
    if (row.launch != launch) continue;
    const auto known = std::ranges::find(hosts.names, row.host);
    hosts.of_rank.push_back(static_cast<std::size_t>(known - hosts.names.begin()));
    if (known != hosts.names.end()) continue;
    hosts.names.push_back(row.host);
    hosts.sites.push_back(row.site);
  }
  return hosts;
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

std::vector<PairMatrix> pair_matrices(const Results& results) {
  const auto hosts = hosts_of(results);
  struct Visit {
    std::map<Cell, std::vector<double>> times, least;
  };
  std::map<std::int32_t, std::map<std::int32_t, Visit>> points;
  for (const auto& row : results.exchanges) {
    const auto& visit = results.visits[static_cast<std::size_t>(row.visit)];
    const auto a = static_cast<std::size_t>(row.rank_a), b = static_cast<std::size_t>(row.rank_b);
    if (visit.flags & flag_wan_not_felt || std::max(a, b) >= hosts.of_rank.size() || !(row.time > 0)) continue;
    if (hosts.of_rank[a] == hosts.of_rank[b]) continue;
    const Cell cell = std::minmax(hosts.of_rank[a], hosts.of_rank[b]);
    auto& cells = points[visit.point][row.visit];
    cells.times[cell].push_back(row.time);
    cells.least[cell].push_back(row.least);
  }
  std::vector<PairMatrix> matrices;
  for (const auto& [point, visits] : points) {
    PairMatrix matrix{results.points[static_cast<std::size_t>(point)], hosts.names, hosts.sites, {}, {}};
    for (const auto& [number, visit] : visits) {
      matrix.by_visit.push_back(matrix_of(visit.times, matrix.size()));
      matrix.least.push_back(matrix_of(visit.least, matrix.size()));
    }
    matrices.push_back(std::move(matrix));
  }
  return matrices;
}

}  // namespace longhaul
