#pragma once
#include <span>
#include <utility>
#include <vector>

#include "topologies/units.hpp"

/// A common time for ranks whose hosts' clocks have unrelated origins and rates. Arithmetic only: who sends the pings
/// is clock_sync's business, which clock is read is TimeSource's. docs/method.md tells why and how well it works.
/// Model: HCA3 (S. Hunold, A. Carpen-Amarie: Hierarchical Clock Synchronization in MPI, IEEE CLUSTER 2018).
namespace longhaul {

/// One question and its answer: the initiator asks at `sent` and has the answer at `received` (its own clock); the
/// responder read `remote` on its clock in between.
struct Ping {
  Duration sent{}, remote{}, received{};
};

/// How far the responder's clock is ahead of the initiator's, seen in one burst of pings.
struct ClockOffset {
  Duration local{};        ///< when, on the initiator's clock
  Duration offset{};       ///< responder − initiator, taking both ways as equally long
  Duration uncertainty{};  ///< median difference of the next fastest pings from the fastest: what jitter does
  Duration bound{};        ///< half the least RTT: the error cannot be larger, however asymmetric the path
  Duration least_rtt{};
};

/// The offset that the fastest ping shows; the next fastest tell how far jitter may have moved it.
/// @throws EnvironmentError without a single ping
ClockOffset estimate_offset(std::span<const Ping> pings);

/// A linear model from one clock (local) to another (global): global = local + offset + drift · (local − reference).
struct GlobalClock {
  Duration reference{};  ///< local time at which `offset` holds best
  Duration offset{};
  double drift = 0;              ///< s/s
  Duration uncertainty{};        ///< of offset, at the reference; paths taken as symmetric
  double drift_uncertainty = 0;  ///< s/s
  Duration bound{};              ///< what asymmetric paths could hide at most

  Duration to_global(Duration local) const;
  Duration to_local(Duration global) const;
  /// Of to_global(local): grows with the distance from the reference, as the drift is known only so well.
  Duration uncertainty_at(Duration local) const;
};

/// The line through offsets seen at several times, weighted by their uncertainty. One burst alone cannot show a drift
/// and two close ones hardly can: the slope starts from 0 ± 100 ppm (crystals and slewing) and moves as far as the data
/// supports.
/// @throws EnvironmentError without a single sync point
GlobalClock fit_drift(std::span<const ClockOffset> sync_points);

/// child: rank → parent's clock; parent: that clock → global. Gives rank → global. Uncertainties add in quadrature
/// (jitter of different paths is independent), bounds add.
GlobalClock compose(const GlobalClock& parent, const GlobalClock& child);

struct SyncPair {
  int parent = 0, child = 0;  ///< ranks; the child asks, the parent answers
  bool operator==(const SyncPair&) const = default;
};

/// Pairs of one step share no rank and may run at once.
using SyncStep = std::vector<SyncPair>;

/// Who synchronises with whom: rank 0 with one leader of each other site, then each leader within its site, by binomial
/// trees: ⌈log2 sites⌉ + ⌈log2 ranks of the largest site⌉ steps, each WAN pair crossed once. A parent comes before its
/// children.
/// @param sites  ranks of each site; every rank of 0 … P−1 once
/// @throws UsageError when rank 0 is in no site
std::vector<SyncStep> sync_tree(const std::vector<std::vector<int>>& sites);

/// A sample too short for the clock to say much about it: below 50 × the uncertainty (2 %).
bool clock_limited(Duration sample, Duration uncertainty);

}  // namespace longhaul
