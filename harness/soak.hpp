#pragma once
#include <span>
#include <vector>

#include "harness/plan.hpp"
#include "harness/visit.hpp"
#include "topologies/wan/event.hpp"

namespace longhaul {

/// The events of a plan, within its soak.
/// @throws UsageError with file, line and column; for one after the soak's end
std::vector<wan::Event> events_of(const Plan& plan, const Topology& topology);

/// Runs one collective after another for the budget's time while events happen to the links, verifying the data about
/// once a second, outside what is timed. Collective; rank 0 schedules the events and fills in the record.
/// @param estimate  seconds of one collective, known to rank 0
/// @return samples, one a collective, on rank 0
std::vector<Sample> sample_soak(Session& session, const Point& point, const Buffers& buffers, const Call& call,
                                double estimate, const VisitBudget& budget, VisitRecord& record);

}  // namespace longhaul
