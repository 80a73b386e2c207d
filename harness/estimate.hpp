#pragma once
#include <cstddef>

#include "harness/plan.hpp"

namespace longhaul {

/// What a visit costs beyond its samples where nothing has been measured yet: WAN set, buffers, RTT, warm-up,
/// verification, the part written. Measured in the lab: 40 to 150 ms; taken high, since a job that is cut off waits in
/// the queue again.
constexpr Duration kVisitOverhead = std::chrono::milliseconds(200);
/// One launch's start: MPI, clocks, the file.
constexpr Duration kLaunchStart = std::chrono::seconds(5);

/// Samples' time of a visit when the plan names neither a visit's time nor the run's.
constexpr Duration kDefaultVisitTime = std::chrono::milliseconds(500);

/// What each launch may take of `for`, which is the whole run's; 0: no limit.
Duration launch_time(const Plan& plan);

/// What a launch beyond the planned ones may take of what is left, in `run --until-decided`: as long as a planned one
/// had of the first half of `for`, so that what is left gives several launches; evenly, so that none is a stump.
Duration further_launch_time(const Plan& plan, Duration left);

/// How long a run of so many points takes at most: `for`, where the plan has it, else every point visited in every
/// round of every launch. Points that converge earlier shorten it.
Duration estimate(const Plan& plan, std::size_t points);

/// A job's time limit: the estimate and a quarter, and what the early signal takes, in whole minutes as Slurm counts.
Duration job_time(Duration estimate, Duration early_signal);

}  // namespace longhaul
