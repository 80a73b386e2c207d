#pragma once
#include <cmath>
#include <functional>
#include <random>
#include <string>

#include "results/tables.hpp"

/// A pairwise pattern as a run would leave it, made in memory: two sites of a few hosts, of a rank each or more; alone
/// and together, small and large, one WAN setting. Times scatter by 2 % from visit to visit.
namespace longhaul::sample {

struct PairShape {
  int hosts_per_site = 3;
  int visits = 5;
  int ranks_per_host = 1;
  unsigned seed = 7;
  /// Factor on the time of an exchange between ranks a < b.
  std::function<double(int a, int b, bool large, bool alone)> factor = [](int, int, bool, bool) { return 1.0; };
};

inline Results pairs(const PairShape& shape) {
  Results results;
  results.launches.resize(1);
  const int ranks_per_site = shape.hosts_per_site * shape.ranks_per_host, count = 2 * ranks_per_site;
  for (int rank = 0; rank < count; ++rank) {
    RankRow row;
    row.rank = rank;
    row.local_rank = rank % shape.ranks_per_host;
    row.site = rank < ranks_per_site ? "west" : "east";
    row.host = row.site + "-" + std::to_string(rank % ranks_per_site / shape.ranks_per_host + 1);
    results.ranks.push_back(row);
  }
  std::mt19937 random(shape.seed);
  const auto noise = [&] {  // uniform by hand: distributions differ between libraries
    return std::exp(0.035 * (2.0 * static_cast<double>(random()) / static_cast<double>(std::mt19937::max()) - 1));
  };
  for (const bool alone : {false, true})
    for (const bool large : {false, true}) {
      PointRow point;
      point.point = static_cast<std::int32_t>(results.points.size());
      point.operation = "send_recv";
      point.settings = alone ? "pairwise-alone" : "pairwise-together";
      point.key = point.settings + (large ? "/large" : "/small");
      point.wan = "native";
      point.mode = "latency";
      point.ranks = count;
      point.size = point.moved = large ? 4 << 20 : 8;
      results.points.push_back(point);
      for (int i = 0; i < shape.visits; ++i) {
        VisitRow visit;
        visit.visit = static_cast<std::int32_t>(results.visits.size());
        visit.point = point.point;
        visit.round = i;
        results.visits.push_back(visit);
        for (int a = 0; a < count; ++a)
          for (int b = a + 1; b < count; ++b) {
            const bool far = (a < ranks_per_site) != (b < ranks_per_site);
            const double time = (far ? 1e-3 : 50e-6) + (large ? 80e-3 : 0);
            const double taken = time * noise() * shape.factor(a, b, large, alone);
            results.exchanges.push_back({visit.visit, a, b, taken, 0.98 * taken, 5});
          }
      }
    }
  return results;
}

}  // namespace longhaul::sample
