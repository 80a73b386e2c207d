#include "results/schema.hpp"

#include <span>

#include "results/flags.hpp"

namespace longhaul {
namespace {

FlagMeanings bits_of(std::span<const FlagName> flags) {
  FlagMeanings meanings{true, {}, {}};
  for (const auto& flag : flags) {
    meanings.values.push_back(flag.bit);
    meanings.names += (meanings.names.empty() ? "" : " ") + std::string(flag.name);
  }
  return meanings;
}

FlagMeanings no_or_yes(const char* names) { return {false, {0, 1}, names}; }

Table<LaunchRow> launches() {
  using Row = LaunchRow;
  return {
      "launches",
      "launch",
      "one start of a set of ranks",
      &Results::launches,
      {{"launch", "1", "number of the launch, from 0", &Row::launch},
       {"slot", "1", "the planned launch that this one serves", &Row::slot},
       {"id", "", "random identifier, unique over files", &Row::id},
       {"started", "", "start, ISO 8601, UTC", &Row::started},
       {"seed", "1", "seed of the random order of points", &Row::seed},
       {"ranks", "1", "number of ranks", &Row::ranks},
       {"sites", "1", "number of sites that have ranks", &Row::sites},
       {"backend", "", "backend: mpi, net, nccl", &Row::backend},
       {"library", "", "library and transport, as it reports them", &Row::library},
       {"device", "", "where buffers lie", &Row::device},
       {"version", "", "version of Longhaul", &Row::version},
       {"topology", "", "name of the topology", &Row::topology},
       {"topology_text", "", "the topology's YAML", &Row::topology_text},
       {"wan_engine", "", "what imposes the WAN: lab, netem, plugin, none", &Row::wan_engine},
       {"scale", "1", "the lab's rates are 1:scale of the topology's; 0 where it limits none (earlier files: 1)",
        &Row::scale},
       {"congestion_control", "", "TCP congestion control", &Row::congestion_control},
       {"gateway",
        "",
        "where the lab's packets wait between sites: queue (in the kernel), tun (copied out of it); empty where there "
        "is no lab; files of before 0.3 lack it",
        &Row::gateway,
        {},
        true},
       {"command", "", "command line", &Row::command},
       {"plan_text", "", "the plan's YAML, as expanded from flags and file", &Row::plan_text},
       {"environment", "", "variables that matter, a line each, from an allow-list", &Row::environment},
       {"kernel", "", "operating system kernel of rank 0's host", &Row::kernel},
       {"cpu", "", "processor of rank 0's host", &Row::cpu},
       {"cores", "1", "cores of rank 0's host", &Row::cores},
       {"preflight",
        "",
        "what all ranks' hosts said of themselves before the first visit, a line a fact; files of before 0.2 lack it",
        &Row::preflight,
        {},
        true},
       {"flags", "", "marks that a gate looks at, commas between; empty for a plain measurement", &Row::flags},
       {"ended",
        "",
        "how it ended: done, time (its share of --for), interrupted; empty: killed; files of before 0.2 lack it",
        &Row::ended,
        {},
        true}}};
}

Table<RankRow> ranks() {
  using Row = RankRow;
  return {"ranks",
          "launch_rank",
          "one rank of one launch",
          &Results::ranks,
          {{"launch", "1", "launch", &Row::launch},
           {"rank", "1", "rank", &Row::rank},
           {"local_rank", "1", "rank among those of its host", &Row::local_rank},
           {"host", "", "host name", &Row::host},
           {"site", "", "site of the topology", &Row::site},
           {"device", "", "device of this rank", &Row::device},
           {"clock_offset", "s", "its clock minus rank 0's, at launch", &Row::clock_offset},
           {"clock_drift", "1", "drift of its clock against rank 0's, seconds per second", &Row::clock_drift},
           {"clock_uncertainty", "s", "half-spread of the offset's estimate, paths taken as symmetric",
            &Row::clock_uncertainty},
           {"clock_bound", "s", "half the least round trip: what an asymmetric path could hide", &Row::clock_bound}}};
}

Table<WanRow> wan() {
  using Row = WanRow;
  return {"wan",
          "wan_pair",
          "one pair of sites under one WAN setting",
          &Results::wan,
          {{"wan", "", "WAN setting", &Row::wan},
           {"site_a", "", "site", &Row::site_a},
           {"site_b", "", "other site", &Row::site_b},
           {"rtt", "s", "configured round-trip time", &Row::rtt},
           {"rate", "byte s-1", "configured rate of the path's bottleneck, scaled", &Row::rate},
           {"unscaled_rate", "byte s-1", "that rate in the topology", &Row::unscaled_rate},
           {"jitter", "s", "configured jitter", &Row::jitter},
           {"loss", "1", "configured share of packets lost", &Row::loss}}};
}

Table<PointRow> points() {
  using Row = PointRow;
  return {
      "points",
      "point",
      "one cell of the sweep: its axes, and what all its valid samples say",
      &Results::points,
      {{"point", "1", "number of the point, from 0", &Row::point},
       {"key", "", "all axes as one text; equal keys are the same point", &Row::key},
       {"operation", "", "collective", &Row::operation},
       {"algorithm", "", "flat or hierarchical", &Row::algorithm},
       {"type", "", "element type", &Row::type},
       {"reduce_op", "", "reduction; none where the collective does not reduce", &Row::reduce_op},
       {"mode", "", "latency, throughput or soak (older files: soaks are throughput)", &Row::mode},
       {"wan", "", "WAN setting", &Row::wan},
       {"backend", "", "backend", &Row::backend},
       {"placement", "", "ranks per site in rank order, run-length coded", &Row::placement},
       {"settings",
        "",
        "settings of the backend, pattern of pairs, or default; files of before 0.2 lack it",
        &Row::settings,
        {},
        true},
       {"load",
        "1",
        "compute beside it, multiply-adds an element of a buffer of its own; 0 none; files of before 0.2 lack it",
        &Row::load,
        {},
        true},
       {"in_place", "", "whether the result replaces the input", &Row::in_place, no_or_yes("out_of_place in_place")},
       {"ranks", "1", "number of ranks", &Row::ranks},
       {"size", "byte", "bytes a rank as asked: the larger of send and receive", &Row::size},
       {"moved", "byte", "bytes a rank as moved, rounded down to what divides", &Row::moved},
       {"launches", "1", "launches that visited the point", &Row::launches},
       {"rounds", "1", "rounds that visited the point", &Row::rounds},
       {"visits", "1", "visits", &Row::visits},
       {"samples", "1", "valid samples", &Row::samples},
       {"median", "s", "median time of one collective", &Row::median},
       {"ci_low", "s", "lower end of the median's confidence interval", &Row::ci_low},
       {"ci_high", "s", "upper end of the median's confidence interval", &Row::ci_high},
       {"confidence", "1", "confidence of that interval", &Row::confidence},
       {"minimum", "s", "least time", &Row::minimum},
       {"maximum", "s", "greatest time", &Row::maximum},
       {"p90", "s", "90th percentile, NaN where the samples do not support it", &Row::p90},
       {"p99", "s", "99th percentile, NaN where the samples do not support it", &Row::p99},
       {"p999", "s", "99.9th percentile, NaN where the samples do not support it", &Row::p999},
       {"algbw", "byte s-1", "algorithm bandwidth at the median: moved / time", &Row::algbw},
       {"busbw", "byte s-1", "bus bandwidth at the median: algbw times the collective's factor", &Row::busbw},
       {"wire_rate", "byte s-1", "rate over the busiest directed inter-site cut", &Row::wire_rate},
       {"wire_rate_is_bound", "", "whether wire_rate is a lower bound from arithmetic", &Row::wire_rate_is_bound,
        no_or_yes("counted lower_bound")},
       {"wire_limit", "byte s-1", "what that cut can carry, scaled; NaN when unlimited", &Row::wire_limit},
       {"wrong", "1", "wrong elements over all verifications, -1 where unchecked", &Row::wrong},
       {"converged", "", "whether the interval is as narrow as asked", &Row::converged,
        no_or_yes("not_converged converged")},
       {"reason", "", "why measuring ended", &Row::reason}}};
}

Table<VisitRow> visits() {
  using Row = VisitRow;
  return {
      "visits",
      "visit",
      "one point in one round of one launch",
      &Results::visits,
      {{"visit", "1", "number of the visit, from 0", &Row::visit},
       {"point", "1", "point", &Row::point},
       {"round", "1", "round", &Row::round},
       {"launch", "1", "launch", &Row::launch},
       {"order", "1", "place in the launch's random order, from 0", &Row::order},
       {"started", "", "start, ISO 8601, UTC", &Row::started},
       {"elapsed", "s", "whole visit, set-up and verification included", &Row::elapsed},
       {"first_sample", "1", "index of its first row in /samples", &Row::first_sample},
       {"sample_count", "1", "its rows in /samples", &Row::sample_count},
       {"median", "s", "median of this visit's valid samples", &Row::median},
       {"resolution",
        "s",
        "a unit of the last printed digit of an imported median, NaN where it was measured; files of before 0.3 lack "
        "it",
        &Row::resolution,
        {},
        true},
       {"device_median",
        "s",
        "median of rank 0's times of valid samples by its device's clock, NaN without one; files of before 0.2 lack it",
        &Row::device_median,
        {},
        true},
       {"first_call",
        "s",
        "the first call after set-up, the slowest rank's; files of before 0.2 lack it",
        &Row::first_call,
        {},
        true},
       {"first_call_device",
        "s",
        "that of rank 0 by its device's clock, NaN without one; files of before 0.2 lack it",
        &Row::first_call_device,
        {},
        true},
       {"load_rate",
        "s-1",
        "multiply-adds per second of rank 0's load, NaN without one; files of before 0.2 lack it",
        &Row::load_rate,
        {},
        true},
       {"library_algorithm",
        "",
        "algorithms that the library says it used; files of before 0.2 lack it",
        &Row::library_algorithm,
        {},
        true},
       {"library_protocol",
        "",
        "protocols that the library says it used; files of before 0.2 lack it",
        &Row::library_protocol,
        {},
        true},
       {"library_channels",
        "1",
        "channels it used at most, -1 unknown; files of before 0.2 lack it",
        &Row::library_channels,
        {},
        true},
       {"transport", "", "what its connections go over; files of before 0.2 lack it", &Row::transport, {}, true},
       {"nic", "", "network devices it uses; files of before 0.2 lack it", &Row::nic, {}, true},
       {"collectives", "1", "collectives back to back in one sample", &Row::collectives},
       {"start_tolerance", "s", "a rank that enters later than this invalidates the sample", &Row::start_tolerance},
       {"lateness_p50", "s", "emulator's release lateness, median; NaN without an emulator", &Row::lateness_p50},
       {"lateness_p99", "s", "emulator's release lateness, 99th percentile", &Row::lateness_p99},
       {"lateness_max", "s", "emulator's release lateness, greatest", &Row::lateness_max},
       {"wrong", "1", "wrong elements, -1 where unchecked", &Row::wrong},
       {"flags", "", "marks", &Row::flags, bits_of(visit_flags())}}};
}

Table<PairRow> pairs() {
  using Row = PairRow;
  return {"pairs",
          "visit_pair",
          "one pair of sites as one visit felt it",
          &Results::pairs,
          {{"visit", "1", "visit", &Row::visit},
           {"site_a", "", "site", &Row::site_a},
           {"site_b", "", "other site", &Row::site_b},
           {"configured_rtt", "s", "configured round-trip time", &Row::configured_rtt},
           {"measured_rtt", "s", "round-trip time through the backend's own transport", &Row::measured_rtt}}};
}

Table<LinkRow> links() {
  using Row = LinkRow;
  return {"links",
          "visit_link",
          "one direction of one member of one link during one visit",
          &Results::links,
          {{"visit", "1", "visit", &Row::visit},
           {"link", "", "link", &Row::link},
           {"from", "", "sending site", &Row::from},
           {"to", "", "receiving site", &Row::to},
           {"member", "1", "parallel channel of the link", &Row::member},
           {"bytes", "byte", "delivered, IP headers included", &Row::bytes},
           {"packets", "1", "wire packets delivered", &Row::packets},
           {"drops", "1", "wire packets lost: queue overflow or configured loss", &Row::drops},
           {"queue_max", "byte", "deepest queue", &Row::queue_max},
           {"rate", "byte s-1", "configured rate of the member, scaled; 0 where uncapped", &Row::rate}}};
}

Table<SampleRow> samples() {
  using Row = SampleRow;
  return {"samples",
          "sample",
          "one timed sample; a visit's rows follow one another",
          &Results::samples,
          {{"visit", "1", "visit", &Row::visit},
           {"duration", "s", "time of one collective", &Row::duration},
           {"last_rank", "1", "rank that finished last, -1 in the other modes than latency", &Row::last_rank},
           {"flags", "", "a sample with a mark is kept but not used", &Row::flags, bits_of(sample_flags())}}};
}

Table<RankSummaryRow> rank_summary() {
  using Row = RankSummaryRow;
  return {"rank_summary",
          "visit_rank",
          "one rank over one visit",
          &Results::rank_summary,
          {{"visit", "1", "visit", &Row::visit},
           {"rank", "1", "rank", &Row::rank},
           {"entry_median", "s", "median entry after the common start", &Row::entry_median},
           {"entry_max", "s", "latest entry after the common start", &Row::entry_max},
           {"finish_median", "s", "median finish after the common start", &Row::finish_median},
           {"finish_max", "s", "latest finish after the common start", &Row::finish_max},
           {"last", "1", "samples in which it finished last", &Row::last},
           {"clock",
            "Hz",
            "lowest clock of its device; NaN where it does not say; files of before 0.2 lack it",
            &Row::clock,
            {},
            true},
           {"memory_clock",
            "Hz",
            "lowest clock of its device's memory; files of before 0.2 lack it",
            &Row::memory_clock,
            {},
            true},
           {"power", "W", "highest power of its device; files of before 0.2 lack it", &Row::power, {}, true},
           {"temperature",
            "degC",
            "highest temperature of its device; files of before 0.2 lack it",
            &Row::temperature,
            {},
            true},
           {"energy",
            "J",
            "energy that its device took while samples were; files of before 0.2 lack it",
            &Row::energy,
            {},
            true},
           {"throttled",
            "s",
            "time that power or heat held its device back; files of before 0.2 lack it",
            &Row::throttled,
            {},
            true},
           {"throttle_reasons", "", "why its device was slower than it could be; files of before 0.2 lack it",
            &Row::throttle_reasons, bits_of(throttle_reasons()), true},
           {"ecc_corrected",
            "1",
            "memory errors corrected meanwhile, -1 unknown; files of before 0.2 lack it",
            &Row::ecc_corrected,
            {},
            true},
           {"ecc_uncorrected",
            "1",
            "memory errors not corrected meanwhile, -1 unknown; files of before 0.2 lack it",
            &Row::ecc_uncorrected,
            {},
            true},
           {"nvlinks", "1", "NVLinks of its device, -1 unknown; files of before 0.2 lack it", &Row::nvlinks, {}, true},
           {"nvlinks_up", "1", "those that are up; files of before 0.2 lack it", &Row::nvlinks_up, {}, true}}};
}

Table<SoakRow> soak() {
  using Row = SoakRow;
  return {"soak",
          "soak_collective",
          "one collective of a soak, in order; older files lack the table",
          &Results::soak,
          {{"visit", "1", "visit", &Row::visit},
           {"started", "s", "after the soak's begin", &Row::started},
           {"duration", "s", "as rank 0 saw it", &Row::duration}},
          true};
}

Table<EventRow> events() {
  using Row = EventRow;
  return {"events",
          "event",
          "what happened to a link during a soak, and what was felt of it; older files lack the table",
          &Results::events,
          {{"visit", "1", "visit", &Row::visit},
           {"at", "s", "after the soak's begin", &Row::at},
           {"kind", "", "cut, restore, brownout or reroute", &Row::kind},
           {"link", "", "link of the topology", &Row::link},
           {"protection", "s", "from the event until routes avoid the link, NaN without", &Row::protection},
           {"rate_share", "1", "what a brownout leaves of the rate", &Row::rate_share},
           {"loss", "1", "share of packets a brownout loses", &Row::loss},
           {"detection", "s", "from the event until a collective was overdue, NaN where none was", &Row::detection},
           {"stall", "s", "longest time without a finished collective until the next event", &Row::stall},
           {"recovery", "s", "from the event until 90 % of the rate before it, NaN where not before the next event",
            &Row::recovery},
           {"finished", "1", "collectives finished until the next event", &Row::finished},
           {"failed", "1", "collectives lost, or with wrong data, until the next event", &Row::failed}},
          true};
}

Table<ExchangeRow> exchanges() {
  using Row = ExchangeRow;
  return {"exchanges",
          "visit_exchange",
          "one pair of ranks over one visit of a pattern; files of before 0.3 lack the table",
          &Results::exchanges,
          {{"visit", "1", "visit", &Row::visit},
           {"rank_a", "1", "rank that timed", &Row::rank_a},
           {"rank_b", "1", "its partner, a higher rank", &Row::rank_b},
           {"time", "s", "one way, half of there and back, median of the visit's passes", &Row::time},
           {"least", "s", "the least of the passes", &Row::least},
           {"passes", "1", "how often the pair exchanged", &Row::passes}},
          true};
}

}  // namespace

const Schema& schema() {
  static const Schema tables{launches(), ranks(),   wan(),          points(), visits(), pairs(),
                             links(),    samples(), rank_summary(), soak(),   events(), exchanges()};
  return tables;
}

}  // namespace longhaul
