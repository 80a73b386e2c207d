#pragma once
#include <optional>
#include <span>
#include <vector>

#include "results/statistics.hpp"

namespace longhaul {

/// A t interval of the centre from the medians of independent groups of samples (visits, or launches), on the log
/// scale, trimmed: of m groups, the m/8 (rounded down) lowest and highest are left out of the centre, so that a visit
/// which a lost packet or a stall of the machine spoiled does not move it (J. W. Tukey, D. H. McLaughlin, Sankhyā A 25
/// (1963) 331; K. K. Yuen, Biometrika 61 (1974) 165).
///
/// The centre is the mean of the h groups that are left, weighted by samples; its variance is the groups' own scatter,
/// h/(h−1) Σ w²(log median − centre)² over all m with those left out drawn in to the nearest one kept, so it holds
/// whatever happens within a group: autocorrelation, stalls, shifts that last a visit. t has 1/Σw² − 1 degrees of
/// freedom over the kept: h − 1 where groups are equal. Below eight groups this is the plain t interval. Log, as
/// durations are positive and shifts are shares. Absent below two groups, and where a median is not positive.
std::optional<Interval> interval_between(std::span<const VisitSamples> groups, double confidence);

/// One group a launch, its visits joined, in order.
std::vector<VisitSamples> join_launches(std::span<const VisitSamples> visits);

}  // namespace longhaul
