#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

/// The contents of a results file as rows. docs/format.md is the contract; names of members are names of columns.
/// Durations are seconds, sizes bytes, bandwidths bytes per second. A number that is unknown is NaN, an index −1.
namespace longhaul {

constexpr int schema_version = 1;

/// A float64 that was not measured or does not apply.
constexpr double unknown_value = std::numeric_limits<double>::quiet_NaN();

/// The type and the reduction of a point that broke off before it said them.
constexpr const char* unknown_axis = "unknown";

/// LaunchRow::scale of a lab that limits no rate.
constexpr std::int32_t uncapped_scale = 0;

/// One start of a set of ranks: the outermost unit of repetition.
struct LaunchRow {
  std::int32_t launch = 0;  ///< 0, 1, …
  std::int32_t slot = 0;    ///< the planned launch this one serves; a resumed run serves the slot that was cut off
  std::string id;           ///< random, unique over files
  std::string started;      ///< ISO 8601, UTC
  std::int64_t seed = 0;
  std::int32_t ranks = 0, sites = 0;
  std::string backend, library;  ///< "mpi", "net" or "nccl"; "Open MPI v4.1.4 …"
  std::string device;            ///< "host memory"
  std::string version;           ///< longhaul's
  std::string topology, topology_text;
  std::string wan_engine;  ///< "lab", "netem", "plugin", "none"
  std::int32_t scale = 1;  ///< 1:N of the lab's rates; uncapped_scale where it limits none
  std::string congestion_control;
  std::string gateway;      ///< of a lab: "queue" or "tun" (topologies/lab/lab.hpp)
  std::string command;      ///< argv joined
  std::string plan_text;    ///< YAML of the plan as expanded from flags and file
  std::string environment;  ///< allow-listed K=V lines
  std::string kernel, cpu;
  std::int32_t cores = 0;
  std::string preflight;  ///< "fact = value" lines over all ranks, before the first visit
  std::string flags;      ///< "", "doubles", …: comma-separated marks that a gate looks at
  std::string ended;      ///< "done", "time" (the run's own limit), "interrupted"; empty: killed
};

/// launch × rank
struct RankRow {
  std::int32_t launch = 0, rank = 0, local_rank = 0;
  std::string host, site, device;
  double clock_offset = 0;       ///< to rank 0, at launch
  double clock_drift = 0;        ///< s/s
  double clock_uncertainty = 0;  ///< how far the fastest pings disagree, at the median (paths taken as symmetric)
  double clock_bound = 0;        ///< half the least RTT: what asymmetry could hide
};

/// WAN setting × pair of sites
struct WanRow {
  std::string wan, site_a, site_b;
  double rtt = 0;   ///< configured
  double rate = 0;  ///< bottleneck of the path as configured (scaled), bytes per second
  double unscaled_rate = 0;
  double jitter = 0, loss = 0;
};

/// One point: its axes and what the samples say.
struct PointRow {
  std::int32_t point = 0;
  std::string key;  ///< Point::key()
  std::string operation, algorithm, type, reduce_op, mode, wan, backend, placement;
  std::string settings = "default";  ///< of the backend, NcclSettings as text
  std::int32_t load = 0;             ///< compute beside it, multiply-adds an element; 0 none
  std::int8_t in_place = 0;
  std::int32_t ranks = 0;
  std::int64_t size = 0;   ///< as asked
  std::int64_t moved = 0;  ///< as moved
  std::int32_t launches = 0, rounds = 0, visits = 0;
  std::int64_t samples = 0;
  double median = unknown_value, ci_low = unknown_value, ci_high = unknown_value;
  double confidence = unknown_value;  ///< of ci_low … ci_high, which are NaN where the count does not support it
  double minimum = unknown_value, maximum = unknown_value;
  double p90 = unknown_value, p99 = unknown_value, p999 = unknown_value;  ///< NaN where the count does not support them
  double algbw = unknown_value, busbw = unknown_value;                    ///< at the median
  double wire_rate = unknown_value;    ///< bytes/s over the busiest directed inter-site cut
  std::int8_t wire_rate_is_bound = 0;  ///< 1: a lower bound from arithmetic, no counter told
  double wire_limit = unknown_value;   ///< bytes/s that cut can carry (scaled); NaN when unlimited
  std::int64_t wrong = 0;              ///< elements that were wrong; −1 where unchecked
  std::int8_t converged = 0;
  std::string reason;  ///< "converged", "time", "samples", "rounds", "interrupted", "wrong data"
};

/// Bits of VisitRow::flags.
enum VisitFlag : std::int32_t {
  flag_late_release = 1,   ///< emulator lateness p99… past max(100 µs, 2 % of the delay)
  flag_clock_limited = 2,  ///< a sample below 50× the clock's uncertainty
  flag_wrong_data = 4,
  flag_wan_not_felt = 8,     ///< configured delay not visible in the measured RTT
  flag_oversubscribed = 16,  ///< more ranks than cores on a host
  flag_interrupted = 32,     ///< a soak that a signal ended before its time
  flag_throttled = 64,       ///< a device was held back by power or heat
};

/// One point in one round of one launch.
struct VisitRow {
  std::int32_t visit = 0, point = 0, round = 0, launch = 0;
  std::int32_t order = 0;  ///< place in the launch's random order
  std::string started;     ///< ISO 8601, UTC
  double elapsed = 0;      ///< whole visit, set-up and verification included
  std::int64_t first_sample = 0, sample_count = 0;
  double median = unknown_value;             ///< of this visit's valid samples
  double resolution = unknown_value;         ///< a unit of the last printed digit of an imported median; NaN: measured
  double device_median = unknown_value;      ///< of rank 0's times by its device's own clock; NaN where it has none
  double first_call = unknown_value;         ///< cold: the first after set-up, longest of all ranks, set-up apart
  double first_call_device = unknown_value;  ///< by rank 0's device's clock
  double load_rate = unknown_value;          ///< of compute beside it on rank 0, multiply-adds per second
  std::string library_algorithm = "unknown", library_protocol = "unknown";  ///< what the library says it used
  std::int32_t library_channels = -1;
  std::string transport = "unknown", nic = "unknown";  ///< over all ranks, commas between
  std::int32_t collectives = 1;  ///< back to back in one sample: 1 in latency mode, N in throughput mode
  double start_tolerance = 0;    ///< a rank entering later than this after the common start invalidates the sample
  double lateness_p50 = unknown_value, lateness_p99 = unknown_value, lateness_max = unknown_value;  ///< emulator's
  std::int64_t wrong = 0;
  std::int32_t flags = 0;
};

/// visit × pair of sites: RTT through the backend's own transport
struct PairRow {
  std::int32_t visit = 0;
  std::string site_a, site_b;
  double configured_rtt = 0, measured_rtt = unknown_value;
};

/// visit × directed link × member: the emulator's counters
struct LinkRow {
  std::int32_t visit = 0;
  std::string link, from, to;
  std::int32_t member = 0;
  std::int64_t bytes = 0, packets = 0, drops = 0, queue_max = 0;
  double rate = 0;
};

/// Bits of SampleRow::flags. A sample with any bit set is kept but not used.
enum SampleFlag : std::int8_t {
  sample_late_start = 1,  ///< some rank entered after the start tolerance
};

struct SampleRow {
  std::int32_t visit = 0;
  double duration = 0;          ///< of one collective
  std::int32_t last_rank = -1;  ///< latency mode: who finished last
  std::int8_t flags = 0;
};

/// visit × rank
struct RankSummaryRow {
  std::int32_t visit = 0, rank = 0;
  double entry_median = 0, entry_max = 0;    ///< after the common start
  double finish_median = 0, finish_max = 0;  ///< after the common start
  std::int64_t last = 0;                     ///< samples in which it finished last
  // The device's health over the timed part, DeviceState's members; NaN or −1 where it does not say.
  double clock = unknown_value, memory_clock = unknown_value, power = unknown_value, temperature = unknown_value;
  double energy = unknown_value, throttled = unknown_value;
  std::int32_t throttle_reasons = 0;
  std::int64_t ecc_corrected = -1, ecc_uncorrected = -1;
  std::int32_t nvlinks = -1, nvlinks_up = -1;
};

/// One collective of a soak: a visit that runs without a pause while links are cut and restored.
struct SoakRow {
  std::int32_t visit = 0;
  double started = 0;   ///< after the soak's begin, rank 0's clock
  double duration = 0;  ///< of rank 0
};

/// What happened to a link during a soak, and what the collectives felt of it until the next event.
struct EventRow {
  std::int32_t visit = 0;
  double at = 0;                      ///< after the soak's begin
  std::string kind, link;             ///< "cut", "restore", "brownout", "reroute"
  double protection = unknown_value;  ///< from the event until routes avoid the link
  double rate_share = 1, loss = 0;    ///< of a brownout
  double detection = unknown_value;   ///< from the event until a collective was overdue; NaN: none was
  double stall = unknown_value;       ///< longest time without a finished collective
  double recovery = unknown_value;    ///< from the event until 90 % of the rate before; NaN: not before the next event
  std::int64_t finished = 0;          ///< collectives
  std::int64_t failed = 0;            ///< collectives that did not finish, or whose data were wrong
};

/// visit × pair of ranks that exchanged, in a visit of a pattern
struct ExchangeRow {
  std::int32_t visit = 0, rank_a = 0, rank_b = 0;
  double time = 0;   ///< of one way, half of there and back: median over the visit's passes
  double least = 0;  ///< the least of them
  std::int32_t passes = 0;
};

/// All of a file.
struct Results {
  std::vector<LaunchRow> launches;
  std::vector<RankRow> ranks;
  std::vector<WanRow> wan;
  std::vector<PointRow> points;
  std::vector<VisitRow> visits;
  std::vector<PairRow> pairs;
  std::vector<LinkRow> links;
  std::vector<SampleRow> samples;
  std::vector<RankSummaryRow> rank_summary;
  std::vector<SoakRow> soak;
  std::vector<EventRow> events;
  std::vector<ExchangeRow> exchanges;
};

}  // namespace longhaul
