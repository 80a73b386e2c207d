#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "results/tables.hpp"
#include "sample_point.hpp"

/// Results as a small lab run would leave them, made in memory and the same every time: two campuses of two ranks each,
/// all_reduce and all_gather, flat and hierarchical, three WAN settings, six sizes, two launches of two rounds. Times
/// follow latency + size / rate with a few per cent of noise; a few points are unconverged, late or short of samples.
namespace longhaul::sample {

constexpr int ranks = 4;
constexpr int launches = 2;
constexpr int rounds = 2;
constexpr int samples_per_visit = 24;
constexpr double native_rtt = 802e-6;  // 80 km of SMF and 10 µs of equipment, both ways
constexpr double link_rate = 125e6;    // 1 Gbit/s: 400 Gbit/s at 1:400
constexpr double native_link_rate = 50e9;
constexpr int scale = 400;

inline const std::vector<std::string> operations{"all_reduce", "all_gather"};
inline const std::vector<std::string> algorithms{"flat", "hierarchical"};
inline const std::vector<std::string> wans{"native", "0ms", "+10ms"};
inline const std::vector<std::int64_t> sizes{16, 1024, 65536, 1 << 20, 4 << 20, 16 << 20};

inline double rtt_of(const std::string& wan) {
  if (wan == "0ms") return 0;
  return wan == "native" ? native_rtt : native_rtt + 10e-3;
}

/// Round trips on the longest chain of hops, and how often each byte crosses between the campuses in one direction.
struct Shape {
  double round_trips, crossings;
};

inline Shape shape_of(const std::string& operation, const std::string& algorithm) {
  if (operation == "all_reduce") return algorithm == "flat" ? Shape{1.5, 1.5} : Shape{0.5, 1.0};
  return algorithm == "flat" ? Shape{1.0, 0.75} : Shape{0.5, 0.5};
}

inline double ideal_time(const PointRow& point) {
  const Shape shape = shape_of(point.operation, point.algorithm);
  const double crossing = shape.crossings * static_cast<double>(point.moved) / link_rate;
  return 180e-6 + shape.round_trips * rtt_of(point.wan) + crossing + static_cast<double>(point.moved) / 2.5e9;
}

inline double bus_factor(const PointRow& point) { return (point.operation == "all_reduce" ? 2.0 : 1.0) * 3 / 4; }

inline std::vector<LaunchRow> launch_rows() {
  std::vector<LaunchRow> rows;
  for (int i = 0; i < launches; ++i) {
    LaunchRow row;
    row.launch = i;
    row.slot = i;
    row.id = "5eed000" + std::to_string(i) + "c0ffee42";
    row.started = i == 0 ? "2026-03-02T09:15:00Z" : "2026-03-02T09:15:40Z";
    row.seed = 42;
    row.ranks = ranks;
    row.sites = 2;
    row.backend = "mpi";
    row.library = "Open MPI v4.1.4, btl tcp,vader,self";
    row.device = "host memory";
    row.version = "0.1.0";
    row.topology = "two-campus-metro";
    row.topology_text = "name: two-campus-metro\ntitle: Two campuses, 80 km apart\n";
    row.wan_engine = "lab";
    row.scale = scale;
    row.congestion_control = "cubic";
    row.gateway = "queue";
    row.command = "longhaul run --lab --topology two-campus-metro --wan-rtt native,0ms,+10ms -o sample.h5";
    row.plan_text = "collectives: [all_reduce, all_gather]\nwan_rtt: [native, 0ms, +10ms]\n";
    row.environment = "OMPI_MCA_btl=tcp,vader,self\nOMPI_MCA_mpi_yield_when_idle=1\n";
    row.kernel = "Linux 6.1.0";
    row.cpu = "x86_64 \"sample\", 2 × 2.5 GHz";
    row.cores = 2;
    row.preflight = "clock source = tsc\nkernel = 6.1.0 on west-1, west-2; 6.5.0 on east-1, east-2";
    rows.push_back(row);
  }
  return rows;
}

inline std::vector<RankRow> rank_rows() {
  std::vector<RankRow> rows;
  for (int launch = 0; launch < launches; ++launch)
    for (int rank = 0; rank < ranks; ++rank) {
      RankRow row;
      row.launch = launch;
      row.rank = rank;
      row.site = rank < 2 ? "west" : "east";
      row.host = row.site + (rank % 2 ? "-2" : "-1");
      row.device = "host memory";
      row.clock_offset = rank * 1e-7;
      row.clock_drift = rank * 1e-9;
      row.clock_uncertainty = rank == 0 ? 0 : 2e-6;
      row.clock_bound = rank == 0 ? 0 : rank == 1 ? 20e-6 : native_rtt / 2;
      rows.push_back(row);
    }
  return rows;
}

inline std::vector<WanRow> wan_rows() {
  std::vector<WanRow> rows;
  for (const auto& wan : wans) {
    WanRow row{wan, "west", "east"};
    row.rtt = rtt_of(wan);
    row.rate = link_rate;
    row.unscaled_rate = native_link_rate;
    rows.push_back(row);
  }
  return rows;
}

inline std::vector<PointRow> bare_points() {
  std::vector<PointRow> rows;
  for (const auto& operation : operations)
    for (const auto& algorithm : algorithms)
      for (const auto& wan : wans)
        for (const auto size : sizes) {
          PointRow row = point_of(operation, size);
          row.point = static_cast<std::int32_t>(rows.size());
          row.algorithm = algorithm;
          row.wan = wan;
          row.key = fmt::format("{}/{}/float32/{}/out-of-place/latency/{}/{}/mpi/4/2a,2b", operation, algorithm,
                                row.reduce_op, size, wan);
          rows.push_back(row);
        }
  return rows;
}

/// Points that did not converge: the noisiest ones at distance.
inline bool is_noisy(const PointRow& point) { return point.wan == "+10ms" && point.size == 1024; }
/// Visits whose emulator released too late.
inline bool is_late(const PointRow& point, int launch, int round) {
  return point.wan == "0ms" && point.size == 65536 && launch == 1 && round == 0;
}

inline double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// One visit with everything that hangs on it, appended.
inline void add_visit(Results& results, std::mt19937& random, const PointRow& point, int launch, int round, int order) {
  VisitRow visit;
  visit.visit = static_cast<std::int32_t>(results.visits.size());
  visit.point = point.point;
  visit.launch = launch;
  visit.round = round;
  visit.order = order;
  visit.started = launch == 0 ? "2026-03-02T09:15:01Z" : "2026-03-02T09:15:41Z";
  visit.first_sample = static_cast<std::int64_t>(results.samples.size());
  visit.sample_count = samples_per_visit;
  visit.start_tolerance = 50e-6;
  visit.lateness_p50 = 0.4e-6;
  visit.lateness_p99 = is_late(point, launch, round) ? 240e-6 : 30e-6;
  visit.lateness_max = 3 * visit.lateness_p99;
  visit.flags = is_late(point, launch, round) ? flag_late_release : 0;
  const auto uniform = [&random] { return static_cast<double>(random()) / 4294967296.0; };
  const double spread = is_noisy(point) ? 0.8 : 0.06;
  const double shift = (uniform() - 0.5) * 0.02;
  std::vector<double> durations;
  for (int i = 0; i < samples_per_visit; ++i) {
    SampleRow sample;
    sample.visit = visit.visit;
    sample.duration = ideal_time(point) * (1 + shift + spread * uniform() * uniform());
    sample.last_rank = static_cast<std::int32_t>(random() % ranks);
    sample.flags = i == 7 ? sample_late_start : 0;
    visit.elapsed += 1.1 * sample.duration;
    if (!sample.flags) durations.push_back(sample.duration);
    results.samples.push_back(sample);
  }
  visit.median = median_of(durations);
  results.pairs.push_back({visit.visit, "west", "east", rtt_of(point.wan), rtt_of(point.wan) + 160e-6});
  const double crossings = shape_of(point.operation, point.algorithm).crossings;
  for (int direction = 0; direction < 2; ++direction) {
    LinkRow link{visit.visit, "west-east", direction ? "east" : "west", direction ? "west" : "east"};
    link.bytes =
        static_cast<std::int64_t>(samples_per_visit * crossings * static_cast<double>(point.moved) * 1.04) + 9000;
    link.packets = link.bytes / 1400 + 60;
    link.drops = point.size >= 4 << 20 ? 3 : 0;
    link.queue_max = std::min<std::int64_t>(point.size, 4 << 20);
    link.rate = link_rate;
    results.links.push_back(link);
  }
  for (int rank = 0; rank < ranks; ++rank) {
    RankSummaryRow row{visit.visit, rank};
    row.entry_median = 0.3e-6 * (rank + 1);
    row.entry_max = 9e-6 * (rank + 1);
    row.finish_median = visit.median * (1 - 0.01 * rank);
    row.finish_max = visit.median * 1.4;
    row.last = samples_per_visit / ranks;
    results.rank_summary.push_back(row);
  }
  results.visits.push_back(visit);
}

/// Summary columns from the samples; the interval is the middle half of them, plain enough to be checked by hand.
inline void summarise(PointRow& point, const Results& results) {
  std::vector<double> durations;
  for (const auto& visit : results.visits)
    if (visit.point == point.point)
      for (std::int64_t i = 0; i < visit.sample_count; ++i) {
        const auto& sample = results.samples[static_cast<std::size_t>(visit.first_sample + i)];
        if (!sample.flags) durations.push_back(sample.duration);
      }
  std::sort(durations.begin(), durations.end());
  const auto last = static_cast<double>(durations.size() - 1);
  const auto at = [&](double share) { return durations[static_cast<std::size_t>(share * last)]; };
  point.launches = launches;
  point.rounds = rounds;
  point.visits = launches * rounds;
  point.samples = static_cast<std::int64_t>(durations.size());
  point.median = median_of(durations);
  point.ci_low = at(is_noisy(point) ? 0.3 : 0.4);
  point.ci_high = at(is_noisy(point) ? 0.7 : 0.6);
  point.confidence = 0.95;
  point.minimum = durations.front();
  point.maximum = durations.back();
  if (durations.size() >= 90) point.p90 = at(0.9);
  point.algbw = static_cast<double>(point.moved) / point.median;
  point.busbw = point.algbw * bus_factor(point);
  point.wire_rate = shape_of(point.operation, point.algorithm).crossings * point.algbw * 1.04;
  point.wire_limit = link_rate;
  point.converged = (point.ci_high - point.ci_low) / 2 / point.median <= 0.05 ? 1 : 0;
  point.reason = point.converged ? "converged" : "rounds";
}

inline Results results() {
  Results all;
  all.launches = launch_rows();
  all.ranks = rank_rows();
  all.wan = wan_rows();
  all.points = bare_points();
  std::mt19937 random(42);  // its sequence is fixed by the standard, and so are golden files
  for (int launch = 0; launch < launches; ++launch)
    for (int round = 0; round < rounds; ++round) {
      int order = 0;
      for (const auto& point : all.points) add_visit(all, random, point, launch, round, order++);
    }
  for (auto& point : all.points) summarise(point, all);
  return all;
}

}  // namespace longhaul::sample
