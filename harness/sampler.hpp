#pragma once
#include <vector>

#include "collectives/communicator.hpp"
#include "collectives/mpi/world.hpp"
#include "collectives/progress.hpp"
#include "harness/clock.hpp"
#include "harness/time_source.hpp"

namespace longhaul {

/// What taking samples needs; owned by the session.
struct Bench {
  World& world;
  Communicator& communicator;
  const TimeSource& time;
  Progress& progress;
  bool spin = false;  ///< no more ranks than cores on any host: waits may burn the core
};

/// A batch of latency samples: sample k starts on all ranks at start + k × window of the global clock.
struct LatencyBatch {
  Duration start{};
  Duration window{};
  int count = 0;
};

/// One collective of a batch as this rank saw it, after its common start.
struct RankTiming {
  double entry = 0, finish = 0;  ///< seconds
  double device = 0;             ///< seconds, by the device's own clock; NaN where it has none
};

/// One sample as rank 0 joins it.
struct Sample {
  double duration = 0;      ///< seconds of one collective
  int last_rank = -1;       ///< who finished last; −1 in throughput mode
  double latest_entry = 0;  ///< of any rank, after the common start
};

/// Start together, run, note entry and finish; collective. A window that has passed is entered at once (and is late).
std::vector<RankTiming> time_batch(const Bench& bench, const GlobalClock& clock, const Call& call,
                                   const LatencyBatch& batch, std::uint64_t bytes);

/// Last finish − common start of each sample; collective, the result on rank 0 (empty elsewhere).
std::vector<Sample> join_batch(World& world, const std::vector<RankTiming>& timings);

struct Throughput {
  Sample sample;
  double device = 0;  ///< seconds of one call by this rank's device's own clock; NaN where it has none
};

/// `collectives` back to back after a barrier; the mean over ranks of each rank's time per collective, as nccl-tests'
/// default. Collective, the result on rank 0.
Throughput time_throughput(const Bench& bench, const Call& call, int collectives, std::uint64_t bytes);

/// Run the call once, unsynchronised; the longest time over all ranks, known to rank 0. For warming up and first
/// estimates.
double time_once(const Bench& bench, const Call& call, std::uint64_t bytes);

}  // namespace longhaul
