#pragma once
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "collectives/device.hpp"
#include "harness/clock_sync.hpp"
#include "harness/sampler.hpp"
#include "harness/schedule.hpp"
#include "results/tables.hpp"
#include "topologies/model.hpp"
#include "topologies/wan_control.hpp"

namespace longhaul {

/// All that a visit works with; one a rank, for the whole launch.
struct Session {
  const Topology& topology;
  const std::vector<std::vector<int>>& ranks_of;  ///< of each site of the topology; empty where it has none
  Bench bench;
  Device& device;
  ClockSync& clock;
  WanControl* wan = nullptr;               ///< rank 0 of a run that controls its WAN, or each host's first
  bool soak = false;                       ///< each visit is a soak under `events` (soak.hpp)
  std::span<const wan::Event> events{};    ///< on rank 0
  bool wan_on_each_host = false;           ///< `wan` is each host's own, on its first rank; known to all ranks
  std::set<std::pair<int, int>> pinged{};  ///< pairs of ranks whose connection is open; the same on all ranks
};

/// What rank 0 tells all ranks to do next; trivially copyable.
struct VisitOrder {
  std::int32_t point = -1;  ///< index into the plan's points; −1: the launch is over
  std::int32_t round = 0;
  bool synchronise = false;  ///< clocks first: the last time is a while ago
  VisitBudget budget;
  std::uint64_t seed = 1;  ///< of the WAN's jitter and loss: another for each visit, the same for the same plan
  double usual = 0;        ///< the point's median at its visit before, s; 0: there was none
};

/// A finished visit's rows; filled on rank 0. Ids are the store's to set.
struct VisitRecord {
  VisitRow row;
  std::vector<SampleRow> samples;
  std::vector<PairRow> pairs;
  std::vector<LinkRow> links;
  std::vector<RankSummaryRow> ranks;
  std::vector<SoakRow> soak;
  std::vector<EventRow> events;
  std::vector<ExchangeRow> exchanges;  ///< of a pattern of pairs
  std::string mismatch;                ///< first wrong element, for people; empty when right or unchecked
};

/// One point in one round: WAN set, warmed up, RTT measured, sampled, verified. Collective.
VisitRecord measure_visit(Session& session, const Point& point, const WanSetting& wan, const VisitOrder& order);

/// Entering later than this after the common start spoils a sample: 2 % of it and no less than 20 µs; where ranks share
/// cores 10 % and no less than 250 µs, since one of them has to wait for another to yield.
Duration start_tolerance(Duration sample, bool shared_cores);

/// A configured delay counts as felt when the measured RTT is at least 90 % of it less 100 µs.
bool wan_felt(Duration configured, Duration measured);

/// Median lateness of the emulator past max(100 µs, 2 % of the one-way delay) marks a visit: what is reported are
/// medians, and rare stalls of a shared machine move p99 and the maximum (stored beside it) without moving those.
bool late_release(Duration p50, Duration one_way);

}  // namespace longhaul
