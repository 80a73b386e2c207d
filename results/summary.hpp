#pragma once
#include <optional>
#include <span>
#include <vector>

#include "collectives/vocabulary.hpp"
#include "results/statistics.hpp"
#include "results/tables.hpp"

namespace longhaul {

/// The axes of a point as columns; numbers that only samples give are NaN or 0.
PointRow row_of(const Point& point);

/// One visit as the summary of its point needs it.
struct VisitEvidence {
  VisitRow row;
  VisitSamples samples;        ///< valid ones only
  std::vector<LinkRow> links;  ///< the emulator's counters; empty without
};

/// Median, interval, percentiles, algbw and busbw of a point, from all its visits. `interval` is what the stopping rule
/// leaves of the confidence (absent: too few samples) and `converged` its verdict; `reason` says why measuring ended.
void summarise(PointRow& point, std::span<const VisitEvidence> visits, const std::optional<Interval>& interval,
               bool converged, const std::string& reason);

/// Rate over the busiest directed link between sites while the point's collectives ran: bytes of one collective over
/// the median duration. From counters where there are any, else the least the operation must move (marked a bound).
/// @param ranks_per_site  of the placement, for the bound
void add_wire_rate(PointRow& point, std::span<const VisitEvidence> visits, std::span<const int> ranks_per_site);

}  // namespace longhaul
