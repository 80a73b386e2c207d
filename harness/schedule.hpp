#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "topologies/units.hpp"

namespace longhaul {

/// Order in which a round visits its points: a permutation of 0…points−1 that depends on these numbers only, the same
/// on every machine (SplitMix64 and Fisher–Yates, not the library's unspecified shuffle).
std::vector<std::size_t> visit_order(std::size_t points, std::uint64_t seed, int slot, int round);

/// How much a visit may take.
struct VisitBudget {
  Duration time{};      ///< for its samples; the batch under way when it ends is finished
  int min_samples = 3;  ///< taken even if `time` is over
  int max_samples = 200;
};

/// Time for each visit's samples when `left` must serve `visits`, of which setting up costs `overhead` each.
/// Never below zero.
Duration fair_share(Duration left, std::size_t visits, Duration overhead);

/// A point whose visits are cheap is visited up to so often in a round: visits differ more than samples do, so several
/// short ones tell more than a long one.
constexpr int kMostVisitsARound = 20;

/// What a point's share of a round's time weighs: visits in need grow with the square of the interval's width over what
/// was asked for. From 1, at the target, to kMostWeight; also where there is no interval yet.
/// @param half_width  of the interval, relative; NaN: none
constexpr double kMostWeight = 9;
double weight_of(double half_width, double precision);

/// Visits of a point in a round, when its share of the round's time is `share` and one visit costs `cost`
/// (0: not known yet). From 1 to kMostVisitsARound.
int visits_in_round(Duration share, Duration cost);

/// Samples of the next batch: as many as fit in half of what is left of the visit's time, within its bounds; 0: enough.
int next_batch(const VisitBudget& budget, Duration spent, int taken, Duration one_sample);

}  // namespace longhaul
