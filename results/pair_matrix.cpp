#include "results/pair_matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "results/statistics.hpp"

namespace longhaul {
namespace {

constexpr std::string_view kRank = "local rank ", kOf = " of ";

/// Hosts in rank order as the first launch has them, then those that only later launches had. Another launch may have
/// put a rank elsewhere.
struct Hosts {
  std::vector<std::string> names, sites;
  std::map<std::pair<std::int32_t, std::int32_t>, std::size_t> of_rank;  ///< by launch and rank

  std::optional<std::size_t> of(std::int32_t launch, std::int32_t rank) const {
    const auto known = of_rank.find({launch, rank});
    return known == of_rank.end() ? std::nullopt : std::optional(known->second);
  }
};

std::string name_of(const RankRow& row, Grain grain) {
  return grain == Grain::host ? row.host : fmt::format("{}{}{}{}", kRank, row.local_rank, kOf, row.host);
}

Hosts hosts_of(const Results& results, Grain grain) {
  Hosts hosts;
  std::map<std::string, std::size_t> place;
  for (const auto& row : results.ranks) {
    const auto [known, is_new] = place.try_emplace(name_of(row, grain), hosts.names.size());
    hosts.of_rank[{row.launch, row.rank}] = known->second;
    if (!is_new) continue;
    hosts.names.push_back(known->first);
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

std::string host_of_row(const std::string& name) {
  return name.starts_with(kRank) ? name.substr(name.find(kOf) + kOf.size()) : name;
}

std::vector<PairMatrix> pair_matrices(const Results& results, Grain grain) {
  const auto hosts = hosts_of(results, grain);
  struct Visit {
    std::map<Cell, std::vector<double>> times, least;
  };
  std::map<std::int32_t, std::map<std::int32_t, Visit>> points;
  for (const auto& row : results.exchanges) {
    const auto& visit = results.visits[static_cast<std::size_t>(row.visit)];
    const auto a = hosts.of(visit.launch, row.rank_a), b = hosts.of(visit.launch, row.rank_b);
    if (visit.flags & flag_wan_not_felt || !a || !b || a == b || !(row.time > 0)) continue;
    if (grain == Grain::rank && host_of_row(hosts.names[*a]) == host_of_row(hosts.names[*b])) continue;
    const Cell cell = std::minmax(*a, *b);
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
