#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "results/tables.hpp"

/// What a report shows besides the points themselves, condensed from the tables by pure functions.
namespace longhaul {

/// A WAN setting's id as people write it: "+10ms" → "+10 ms", "x2" → "×2", "a-b=10ms" → "a-b = 10 ms".
std::string wan_label(std::string_view id);

/// One value of the WAN axis.
struct WanSummary {
  std::string id, label;
  double rtt = unknown_value;      ///< s, configured, of the farthest pair of sites that hold ranks
  double nearest = unknown_value;  ///< s, configured, of the nearest such pair
};
/// All settings that points use, nearest first (unknown RTT first of all, ties in order of appearance).
std::vector<WanSummary> wan_settings(const Results& results);

/// One pair of sites under one setting: what was asked for and what the backend's own transport felt.
struct PairSummary {
  std::string wan, site_a, site_b;
  double configured = 0;                 ///< s
  double low = 0, median = 0, high = 0;  ///< s, over visits
  std::vector<double> measured;          ///< s, a value a visit, in order of visits
};
std::vector<PairSummary> pair_summaries(const Results& results);

/// One directed link member under one setting, over all its visits.
struct LinkSummary {
  std::string wan, link, from, to;
  int member = 0;
  std::int64_t visits = 0, visits_with_drops = 0;
  std::int64_t bytes = 0, packets = 0, drops = 0;
  std::int64_t queue_max = 0;  ///< bytes, greatest of any visit
  double rate = 0;             ///< bytes/s; 0 where uncapped
};
std::vector<LinkSummary> link_summaries(const Results& results);

/// How many visits of a point carry each flag.
struct PointMarks {
  int visits = 0;
  int late_release = 0, clock_limited = 0, wrong_data = 0, wan_not_felt = 0, oversubscribed = 0, interrupted = 0,
      throttled = 0;

  /// True when at least half of the visits carry a flag: a median survives a minority.
  bool mostly(int flagged) const { return flagged > 0 && 2 * flagged >= visits; }
  /// True when its median cannot be taken at face value: any visit with wrong data or an unfelt WAN, or mostly a late
  /// emulator or a limiting clock. Oversubscription is a property of the machine and told once for the file.
  bool doubtful() const;
};
/// An entry per row of Results::points, in that order.
std::vector<PointMarks> point_marks(const Results& results);

/// Ranks per site from a placement such as "2a,2b" or "1a,1b,1a,1b", in order of the sites' letters.
std::vector<int> ranks_per_site(std::string_view placement);

/// The least time distance and link rate allow a point: no implementation can beat it.
///
/// Where every rank needs data of every other (all but rooted operations and send_recv) something must travel between
/// the farthest sites: RTT/2; elsewhere at least between the nearest, and only in latency mode, since roots may run
/// ahead. Between two sites the bytes that must leave the busier one (counts.hpp) take bytes/limit besides: after the
/// flight for a lone collective, overlapped with it back to back.
///
/// @return seconds; 0 where nothing is known
double least_time(const PointRow& point, const WanSummary& wan);

}  // namespace longhaul
