#include "harness/visit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "harness/exchange.hpp"
#include "harness/provenance.hpp"
#include "harness/soak.hpp"
#include "harness/watch/agreement.hpp"
#include "harness/watch/phase.hpp"
#include "harness/watch/watchdog.hpp"
#include "results/statistics.hpp"
#include "topologies/wan/random.hpp"
#include "topologies/wan_report.hpp"

namespace longhaul {
namespace {

/// Over a distance beside which the hosts' own time is small one ping tells as much as several, and saves round trips
/// that all ranks wait for.
constexpr int kRttPings = 3;
constexpr Duration kFar = std::chrono::milliseconds(5);
/// Warm until two runs agree within this share, this often, or this long: a cold connection's window takes several
/// round trips to open, which a collective of many round trips goes through in one run.
constexpr double kWarmAgreement = 0.25;
constexpr int kWarmRuns = 6;
constexpr double kWarmTime = 0.05;
/// Throughput mode: one sample runs collectives back to back for about this long, or this few.
constexpr double kThroughputSample = 0.05;
constexpr int kLeastBackToBack = 4;
constexpr int kMostBackToBack = 20000;
/// Late starts that are measured again even when no sample of the visit has been on time yet.
constexpr int kLateMadeUpFor = 6;

Call call_of(const Point& point, const Buffers& buffers) {
  return {point.operation, point.algorithm, point.type,           point.op, point.in_place,
          buffers.send,    buffers.receive, buffers.counts.count, 0};
}

int pings_of(const PairWan& pair) {
  return pair.rtt >= kFar && pair.jitter == Duration{0} && pair.loss.value == 0 ? 1 : kRttPings;
}

/// Round trip of 8 bytes between two ranks over the measured transport; the median, known to rank 0.
double measured_rtt(Session& session, int a, int b, int pings) {
  auto& ranks = session.bench.communicator;
  std::vector<double> trips;
  char word[8] = {};
  // The first opens the connection. NCCL's go with their communicator, which may have made way for another meanwhile.
  const bool opens = session.pinged.insert({a, b}).second || ranks.backend() == "nccl";
  for (int i = opens ? -1 : 0; i < pings; ++i) {
    const auto begin = session.bench.time.now();
    if (ranks.rank() == a) {
      ranks.send(b, word, sizeof word);
      ranks.receive(b, word, sizeof word);
    } else if (ranks.rank() == b) {
      ranks.receive(a, word, sizeof word);
      ranks.send(a, word, sizeof word);
    }
    if (i >= 0) trips.push_back(seconds(session.bench.time.now() - begin));
  }
  const auto all = session.bench.world.gather(median(trips));
  return all.empty() ? 0 : all[static_cast<std::size_t>(a)];
}

std::vector<PairRow> measure_pairs(Session& session, const WanSetting& wan) {
  std::vector<PairRow> rows;
  for (const auto& pair : wan.pairs) {
    const auto& a = session.ranks_of[pair.a];
    const auto& b = session.ranks_of[pair.b];
    if (a.empty() || b.empty()) continue;
    rows.push_back({0, session.topology.sites[pair.a].name, session.topology.sites[pair.b].name, seconds(pair.rtt),
                    measured_rtt(session, a.front(), b.front(), pings_of(pair))});
  }
  return rows;
}

/// Runs untimed until the time settles; the last one, known to rank 0, which also decides when it is enough.
/// @param first  what the run before took
/// @param usual  what one took in the point's visit before, 0 or NaN where there is none: a run like that needs no
/// other
double warm_up(Session& session, const Call& call, std::uint64_t bytes, double first, double usual) {
  const auto agree = [](double one, double other) { return std::abs(one - other) <= kWarmAgreement * one; };
  double before = 0, last = first, spent = first;
  for (int runs = 1;; ++runs) {
    const bool settled = agree(last, before) || agree(last, usual);
    const bool enough = settled || (runs > 1 && (runs >= kWarmRuns || spent >= kWarmTime));
    if (session.bench.world.broadcast(enough)) return last;
    before = last;
    last = time_once(session.bench, call, bytes);
    spent += last;
  }
}

/// The site of each rank, by its number in the topology.
std::vector<int> sites_of_ranks(const Session& session) {
  std::vector<int> sites(static_cast<std::size_t>(session.bench.world.size()));
  for (std::size_t site = 0; site < session.ranks_of.size(); ++site)
    for (const int rank : session.ranks_of[site]) sites[static_cast<std::size_t>(rank)] = static_cast<int>(site);
  return sites;
}

/// What sampling has gathered so far. Timings on every rank; samples and decisions on rank 0.
struct Sampling {
  std::vector<RankTiming> timings;
  std::vector<Sample> samples;
  std::vector<double> back_to_back_device;  ///< throughput mode: of one call, by the device's clock
  double tolerance = 0;

  /// Latency mode: what counts as late follows from how long a sample takes.
  void judge(bool shared_cores) {
    std::vector<double> durations;
    for (const auto& sample : samples) durations.push_back(sample.duration);
    if (!durations.empty()) tolerance = seconds(start_tolerance(from_seconds(median(durations)), shared_cores));
  }
  /// Samples that count. Late ones are made up for, up to a point: a rank that is always late must not hold up the run.
  int valid() const {
    const auto late =
        std::ranges::count_if(samples, [this](const Sample& sample) { return sample.latest_entry > tolerance; });
    const auto all = std::ssize(samples);
    return static_cast<int>(all - std::min(late, 2 * (all - late) + kLateMadeUpFor));
  }
};

/// Head start for the order of a batch to reach all ranks: it crosses the WAN on the way.
Duration head_start(const std::vector<PairRow>& pairs) {
  double rtt = 0;
  for (const auto& pair : pairs) rtt = std::max(rtt, pair.measured_rtt);
  return from_seconds(1.5 * rtt) + std::chrono::milliseconds(1);
}

/// Time from one common start to the next: the slowest of the last batch and a margin, since a rank that is still busy
/// spoils the next sample. Rare stalls do not count (beyond three times the median).
Duration next_window(const std::vector<Sample>& batch, double estimate, bool shared_cores) {
  double slowest = estimate;
  if (!batch.empty()) {
    std::vector<double> durations;
    for (const auto& sample : batch) durations.push_back(sample.duration);
    const double typical = median(durations);
    slowest = 0;
    for (const double duration : durations) slowest = std::max(slowest, std::min(duration, 3 * typical));
  }
  return from_seconds(1.25 * slowest) +
         (shared_cores ? std::chrono::microseconds(500) : std::chrono::microseconds(100));
}

void sample_latency(Session& session, const Call& call, std::uint64_t bytes, double estimate, Duration head,
                    const VisitBudget& budget, Sampling& sampling) {
  auto& world = session.bench.world;
  const auto begin = session.bench.time.now();
  std::vector<Sample> last;
  for (;;) {
    LatencyBatch batch;
    if (world.rank() == 0) {
      batch.window = next_window(last, estimate, !session.bench.spin);
      sampling.judge(!session.bench.spin);
      batch.count = next_batch(budget, session.bench.time.now() - begin, sampling.valid(), batch.window);
      batch.start = session.clock.clock().to_global(session.bench.time.now() + head);
    }
    batch = world.broadcast(batch);
    if (batch.count == 0) return;
    const auto timings = time_batch(session.bench, session.clock.clock(), call, batch, bytes);
    last = join_batch(world, timings);
    sampling.timings.insert(sampling.timings.end(), timings.begin(), timings.end());
    sampling.samples.insert(sampling.samples.end(), last.begin(), last.end());
  }
}

int back_to_back(double estimate) {
  if (estimate <= 0) return kMostBackToBack;
  return static_cast<int>(std::clamp(kThroughputSample / estimate, double{kLeastBackToBack}, double{kMostBackToBack}));
}

void sample_throughput(Session& session, const Call& call, std::uint64_t bytes, int collectives,
                       const VisitBudget& budget, Sampling& sampling) {
  auto& world = session.bench.world;
  const auto begin = session.bench.time.now();
  for (double one = 0;;) {
    const bool more = world.broadcast(next_batch(budget, session.bench.time.now() - begin,
                                                 static_cast<int>(sampling.samples.size()), from_seconds(one)) > 0);
    if (!more) return;
    const auto [sample, device] = time_throughput(session.bench, call, collectives, bytes);
    if (!std::isnan(device)) sampling.back_to_back_device.push_back(device);
    one = sample.duration * collectives;
    if (world.rank() == 0)
      sampling.samples.push_back(sample);
    else
      sampling.samples.emplace_back();
  }
}

std::vector<LinkRow> link_rows(const Topology& topology, const WanReport& report) {
  std::vector<LinkRow> rows;
  for (const auto& link : report.links)
    rows.push_back({0, link.link, topology.sites[link.from].name, topology.sites[link.to].name, link.member,
                    static_cast<std::int64_t>(link.bytes), static_cast<std::int64_t>(link.packets),
                    static_cast<std::int64_t>(link.drops), static_cast<std::int64_t>(link.queue_max), link.rate.value});
  return rows;
}

void store_report(VisitRecord& record, const Session& session, const WanSetting& wan, const WanReport& report) {
  record.links = link_rows(session.topology, report);
  if (report.lateness.packets == 0) return;  // an engine that tells no times, or nothing crossed
  record.row.lateness_p50 = seconds(report.lateness.p50);
  record.row.lateness_p99 = seconds(report.lateness.p99);
  record.row.lateness_max = seconds(report.lateness.max);
  Duration shortest = Duration::max();
  for (const auto& pair : wan.pairs) shortest = std::min(shortest, pair.rtt / 2);
  if (!wan.pairs.empty() && late_release(report.lateness.p50, shortest)) record.row.flags |= flag_late_release;
}

/// What the WAN did on all hosts, known to rank 0.
WanReport whole_report(Session& session) {
  auto own = session.wan != nullptr && session.wan->can_change() ? session.wan->report() : WanReport{};
  if (!session.wan_on_each_host) return own;
  std::vector<WanReport> reports;
  for (const auto& text : session.bench.world.gather(session.wan != nullptr ? text_of(own) : std::string()))
    if (!text.empty()) reports.push_back(parse_report(text));
  return joined(reports);
}

void store_samples(VisitRecord& record, const Sampling& sampling) {
  std::vector<double> valid;
  for (const auto& sample : sampling.samples) {
    const bool late = sample.latest_entry > sampling.tolerance;
    if (!late) valid.push_back(sample.duration);
    record.samples.push_back(
        {0, sample.duration, sample.last_rank, static_cast<std::int8_t>(late ? sample_late_start : 0)});
  }
  record.row.sample_count = static_cast<std::int64_t>(record.samples.size());
  record.row.median = valid.empty() ? unknown_value : median(valid);
  record.row.start_tolerance = sampling.tolerance;
  auto on_device = sampling.back_to_back_device;
  for (std::size_t k = 0; k < sampling.timings.size() && k < sampling.samples.size(); ++k) {
    const bool late = sampling.samples[k].latest_entry > sampling.tolerance;
    if (!late && !std::isnan(sampling.timings[k].device)) on_device.push_back(sampling.timings[k].device);
  }
  if (!on_device.empty()) record.row.device_median = median(on_device);
}

void set_health(RankSummaryRow& row, const DeviceState& health) {
  row.clock = health.clock;
  row.memory_clock = health.memory_clock;
  row.power = health.power;
  row.temperature = health.temperature;
  row.energy = health.energy;
  row.throttled = health.throttled;
  row.throttle_reasons = static_cast<std::int32_t>(health.reasons);
  row.ecc_corrected = health.ecc_corrected;
  row.ecc_uncorrected = health.ecc_uncorrected;
  row.nvlinks = health.nvlinks;
  row.nvlinks_up = health.nvlinks_up;
}

bool was_throttled(const RankSummaryRow& row) {
  DeviceState health;
  health.throttled = row.throttled;
  health.reasons = static_cast<std::uint32_t>(row.throttle_reasons);
  return throttled(health);
}

/// Every rank's own medians to rank 0: bounded by the number of ranks, whatever the number of samples.
std::vector<RankSummaryRow> summarise_ranks(Session& session, const Sampling& sampling, const DeviceState& health) {
  RankSummaryRow own{0, session.bench.world.rank(), unknown_value, unknown_value, unknown_value, unknown_value, 0};
  set_health(own, health);
  if (!sampling.timings.empty()) {
    std::vector<double> entries, finishes;
    for (const auto& timing : sampling.timings) {
      entries.push_back(timing.entry);
      finishes.push_back(timing.finish);
    }
    own.entry_max = *std::ranges::max_element(entries);
    own.finish_max = *std::ranges::max_element(finishes);
    own.entry_median = median(entries);
    own.finish_median = median(finishes);
  }
  auto rows = session.bench.world.gather(own);
  for (const auto& sample : sampling.samples)
    if (sample.last_rank >= 0 && !rows.empty()) ++rows[static_cast<std::size_t>(sample.last_rank)].last;
  return rows;
}

/// What every rank's library says it did, together.
void observe(Session& session, const Call& call, std::uint64_t bytes, VisitRow& row) {
  const auto own = [&] {
    const InCollective mark(session.bench.progress, static_cast<int>(call.operation), bytes);
    return session.bench.communicator.observe(call);
  }();
  if (!own) {
    row.library_algorithm = row.library_protocol = row.transport = row.nic = "library-chosen";
    return;
  }
  const auto all = observations(session.bench.world.gather(text_of(*own)));
  row.library_algorithm = all.algorithm;
  row.library_protocol = all.protocol;
  row.library_channels = all.channels;
  row.transport = all.transport;
  row.nic = all.nic;
}

/// Of the last timed output; in place it has been overwritten by its own results, so it is filled and run once more.
void verify(Session& session, const Point& point, const Buffers& buffers, const Call& call, unsigned round,
            VisitRecord& record) {
  const int rank = session.bench.world.rank();
  if (point.in_place) {
    session.device.fill(point, buffers, rank, round);
    time_once(session.bench, call, buffers.counts.moved.count);
  }
  const auto mismatch = session.device.verify(point, buffers, rank, round);
  struct Finding {
    std::uint64_t wrong, offset;
    double expected, got;
  };
  const auto found = mismatch.value_or(Mismatch{});
  const auto all = session.bench.world.gather(Finding{found.wrong, found.offset, found.expected, found.got});
  for (std::size_t of = 0; of < all.size(); ++of) {
    record.row.wrong += static_cast<std::int64_t>(all[of].wrong);
    if (all[of].wrong > 0 && record.mismatch.empty())
      record.mismatch = fmt::format("rank {} ({}) has {} wrong elements, first at offset {}: expected {}, got {}", of,
                                    session.bench.world.host(static_cast<int>(of)), all[of].wrong, all[of].offset,
                                    all[of].expected, all[of].got);
  }
  if (record.row.wrong > 0) record.row.flags |= flag_wrong_data;
}

void flag(VisitRecord& record, const Session& session, Duration clock_uncertainty, const Point& point) {
  auto& flags = record.row.flags;
  if (!session.bench.spin) flags |= flag_oversubscribed;
  // Exchanges of a pattern are timed by one clock each.
  if (point.mode == Mode::latency && record.exchanges.empty() && record.row.median > 0 &&
      clock_limited(from_seconds(record.row.median), clock_uncertainty))
    flags |= flag_clock_limited;
  if (session.wan == nullptr || !session.wan->can_change()) return;
  for (const auto& pair : record.pairs)
    if (!wan_felt(from_seconds(pair.configured_rtt), from_seconds(pair.measured_rtt))) flags |= flag_wan_not_felt;
}

}  // namespace

Duration start_tolerance(Duration sample, bool shared_cores) {
  return shared_cores ? std::max<Duration>(std::chrono::microseconds(250), sample / 10)
                      : std::max<Duration>(std::chrono::microseconds(20), sample / 50);
}

bool wan_felt(Duration configured, Duration measured) {
  return measured >= configured * 9 / 10 - std::chrono::microseconds(100);
}

bool late_release(Duration p50, Duration one_way) {
  return p50 > std::max<Duration>(std::chrono::microseconds(100), one_way / 50);
}

VisitRecord measure_visit(Session& session, const Point& point, const WanSetting& wan, const VisitOrder& order) {
  VisitRecord record;
  auto& world = session.bench.world;
  const auto begin = session.bench.time.now();
  record.row.started = timestamp_now();
  record.row.round = order.round;
  auto& progress = session.bench.progress;
  enter(progress, Phase::wan);
  if (session.wan != nullptr && session.wan->can_change()) {
    auto setting = wan;
    setting.seed = wan::mixed(order.seed);
    session.wan->apply(setting);
  }
  auto& communicator = session.bench.communicator;
  const auto settings = library_settings(point);
  // Memory may be short on one rank only, which the others would wait for in the first call. Nobody goes on before all
  // have agreed, and so not before the WAN is set.
  const auto buffers =
      on_every_rank(world, [&] { return session.device.allocate(point, world.rank(), communicator.memory(settings)); });
  const auto seed = static_cast<unsigned>(order.round);
  session.device.fill(point, buffers, world.rank(), seed);
  const auto call = call_of(point, buffers);
  const auto bytes = buffers.counts.moved.count;
  communicator.begin(call, settings);
  auto load = point.load > 0 ? session.device.start_load(point.load) : nullptr;
  enter(progress, Phase::warm_up);
  record.row.first_call = time_once(session.bench, call, bytes);
  record.row.first_call_device = communicator.device_time();
  enter(progress, Phase::rtt);
  record.pairs = measure_pairs(session, wan);
  std::optional<Exchanges> exchanges;
  if (const auto pattern = pattern_of(point))
    exchanges.emplace(session.bench, session.device, schedule(*pattern, sites_of_ranks(session)), buffers);
  enter(progress, Phase::warm_up);
  double estimate = 0;
  if (exchanges)
    exchanges->warm_up();
  else
    estimate = warm_up(session, call, bytes, record.row.first_call, order.usual);

  if (session.wan != nullptr) session.wan->reset_counters();
  enter(progress, Phase::sampling);
  Sampling sampling;
  const auto healthy = session.device.state();
  if (exchanges) {
    exchanges->sample(order.budget);
    sampling.samples = exchanges->samples();
    record.exchanges = exchanges->rows();
  } else if (session.soak) {
    record.row.collectives = 1;
    sampling.samples = sample_soak(session, point, buffers, call, estimate, order.budget, record);
  } else if (point.mode == Mode::latency) {
    sample_latency(session, call, bytes, estimate, head_start(record.pairs), order.budget, sampling);
  } else {
    record.row.collectives = world.broadcast(back_to_back(estimate));
    sample_throughput(session, call, bytes, record.row.collectives, order.budget, sampling);
  }
  const auto report = whole_report(session);
  if (session.wan != nullptr && session.wan->can_change()) store_report(record, session, wan, report);

  const auto health = change(healthy, session.device.state());
  if (load) record.row.load_rate = load->rate();
  load.reset();

  store_samples(record, sampling);
  if (exchanges) {
    record.row.wrong = -1;  // unchecked
  } else {
    record.ranks = summarise_ranks(session, sampling, health);
    for (const auto& rank : record.ranks)
      if (was_throttled(rank)) record.row.flags |= flag_throttled;
    observe(session, call, bytes, record.row);
    enter(progress, Phase::verification);
    if (!session.soak) verify(session, point, buffers, call, seed, record);
  }
  communicator.end();
  const auto uncertainty = world.max_with_rank({seconds(session.clock.uncertainty())});
  if (world.rank() == 0) flag(record, session, from_seconds(uncertainty.front().value), point);
  record.row.elapsed = seconds(session.bench.time.now() - begin);
  return record;
}

}  // namespace longhaul
