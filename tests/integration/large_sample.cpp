// Writes a file of 1,000 points and 600,000 samples (10 MB of them), or more: large_sample FILE [SAMPLES OF A VISIT]
//
// Four collectives, two algorithms, five WAN settings, 25 sizes; five launches. For what must stay quick with much
// data.
#include <cmath>
#include <cstdlib>
#include <random>

#include "collectives/vocabulary.hpp"
#include "results/statistics.hpp"
#include "results/store.hpp"
#include "results/summary.hpp"

namespace {

using namespace longhaul;

constexpr int launches = 5;
int samples_per_visit = 120;
constexpr int sizes = 25;  // 8 B to 128 MiB
const std::vector<Operation> operations{Operation::all_reduce, Operation::all_gather, Operation::reduce_scatter,
                                        Operation::all_to_all};
const std::vector<std::pair<std::string, double>> settings{
    {"native", 1e-3}, {"+5ms", 6e-3}, {"+10ms", 11e-3}, {"+20ms", 21e-3}, {"+50ms", 51e-3}};

std::vector<Point> points() {
  std::vector<Point> all;
  for (const auto operation : operations)
    for (const auto algorithm : {Algorithm::flat, Algorithm::hierarchical})
      for (const auto& [wan, rtt] : settings)
        for (int size = 0; size < sizes; ++size) {
          Point point;
          point.operation = operation;
          point.algorithm = algorithm;
          point.wan = wan;
          point.size = Bytes{std::uint64_t{8} << size};
          point.ranks = 4;
          point.placement = "2a,2b";
          all.push_back(point);
        }
  return all;
}

double typical_time(const Point& point) {
  for (const auto& [wan, rtt] : settings)
    if (wan == point.wan)
      return 1e-4 + rtt * (point.algorithm == Algorithm::flat ? 1.5 : 0.5) +
             static_cast<double>(point.size.count) / 1e9;
  return 0;
}

void add_launches(Results& results) {
  for (int launch = 0; launch < launches; ++launch) {
    LaunchRow row;
    row.launch = row.slot = launch;
    row.id = "large-" + std::to_string(launch);
    row.ranks = 4;
    row.sites = 2;
    row.backend = "mpi";
    row.library = "Open MPI v4.1.4";
    row.wan_engine = "none";
    results.launches.push_back(row);
    for (int rank = 0; rank < 4; ++rank) {
      RankRow place;
      place.launch = launch;
      place.rank = rank;
      place.site = rank < 2 ? "west" : "east";
      place.host = place.site + std::to_string(rank % 2);
      results.ranks.push_back(place);
    }
  }
  for (const auto& [wan, rtt] : settings) {
    WanRow row{wan, "west", "east"};
    row.rtt = rtt;
    row.rate = row.unscaled_rate = 125e6;
    results.wan.push_back(row);
  }
}

void add_visit(Results& results, const PointRow& point, int launch, double time, std::mt19937_64& random,
               std::vector<VisitEvidence>& evidence) {
  std::normal_distribution<double> normal;
  VisitRow visit;
  visit.visit = static_cast<std::int32_t>(results.visits.size());
  visit.point = point.point;
  visit.launch = launch;
  visit.first_sample = static_cast<std::int64_t>(results.samples.size());
  visit.sample_count = samples_per_visit;
  VisitSamples samples{launch, 0, {}};
  const double shift = 0.01 * normal(random);
  for (int i = 0; i < samples_per_visit; ++i) {
    samples.durations.push_back(time * std::exp(shift + 0.03 * normal(random)));
    results.samples.push_back({visit.visit, samples.durations.back(), i % 4, 0});
  }
  visit.median = median(samples.durations);
  results.pairs.push_back({visit.visit, "west", "east", 1e-3, 1.1e-3});
  results.visits.push_back(visit);
  evidence.push_back({visit, samples, {}});
}

Results large_results() {
  Results results;
  add_launches(results);
  std::mt19937_64 random(3);
  for (const auto& point : points()) {
    auto row = row_of(point);
    row.point = static_cast<std::int32_t>(results.points.size());
    std::vector<VisitEvidence> evidence;
    for (int launch = 0; launch < launches; ++launch)
      add_visit(results, row, launch, typical_time(point), random, evidence);
    std::vector<VisitSamples> samples;
    for (const auto& visit : evidence) samples.push_back(visit.samples);
    summarise(row, evidence, median_interval(samples, 0.95), true, "converged");
    results.points.push_back(row);
  }
  return results;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) return 2;
  if (argc == 3) samples_per_visit = std::atoi(argv[2]);
  write_results(argv[1], large_results());
  return 0;
}
