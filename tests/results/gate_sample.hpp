#pragma once
#include <fmt/format.h>

#include <random>
#include <string>
#include <vector>

#include "results/tables.hpp"

namespace longhaul {

/// A run of one launch on a real fabric: all_reduce points of 1 MiB × 2^i, `visits` visits of five samples each, around
/// these times (s), visits straying by `spread`.
inline Results run_of(const std::vector<double>& times, int visits = 5, double spread = 0.01, unsigned seed = 1) {
  Results run;
  run.launches.emplace_back();
  run.launches.back().library = "NCCL 2.28.9";
  run.launches.back().environment = "NCCL_ALGO=Ring\n";
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  for (std::size_t i = 0; i < times.size(); ++i) {
    PointRow point;
    point.point = static_cast<std::int32_t>(i);
    point.operation = "all_reduce";
    point.algorithm = "flat";
    point.type = "float32";
    point.reduce_op = "sum";
    point.mode = "throughput";
    point.wan = "native";
    point.backend = "nccl";
    point.ranks = 16;
    point.size = point.moved = std::int64_t{1} << (20 + i % 12);
    point.key = fmt::format("point {}", i);
    point.median = times[i];
    point.visits = visits;
    point.wrong = 0;
    run.points.push_back(point);
    for (int round = 0; round < visits; ++round) {
      VisitRow visit;
      visit.visit = static_cast<std::int32_t>(run.visits.size());
      visit.point = point.point;
      visit.round = round;
      visit.first_sample = static_cast<std::int64_t>(run.samples.size());
      visit.sample_count = 5;
      visit.median = times[i] * (1 + spread * normal(random));
      for (const double offset : {-2, -1, 0, 1, 2})
        run.samples.push_back({visit.visit, visit.median * (1 + 1e-4 * offset), -1, 0});
      run.visits.push_back(visit);
    }
  }
  return run;
}

}  // namespace longhaul
