#pragma once
#include <optional>
#include <span>
#include <vector>

#include "results/statistics.hpp"

namespace longhaul {

/// A t interval of the centre from the medians of independent groups of samples (visits, or launches), on the log
/// scale.
///
/// The centre is their mean, weighted by samples; its variance the groups' own scatter, m/(m−1) Σ w²(log median −
/// centre)², so it holds whatever happens within a group: autocorrelation, stalls, shifts that last a visit. t has
/// 1/Σw² − 1 degrees of freedom: m − 1 where groups are equal. Log, as durations are positive and shifts are shares.
/// Absent below two groups, and where a median is not positive.
std::optional<Interval> interval_between(std::span<const VisitSamples> groups, double confidence);

/// One group a launch, its visits joined, in order.
std::vector<VisitSamples> join_launches(std::span<const VisitSamples> visits);

}  // namespace longhaul
