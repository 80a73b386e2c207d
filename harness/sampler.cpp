#include "harness/sampler.hpp"

#include "harness/watch/watchdog.hpp"

namespace longhaul {
namespace {

void run_watched(const Bench& bench, const Call& call, std::uint64_t bytes) {
  const InCollective mark(bench.progress, static_cast<int>(call.operation), bytes);
  bench.communicator.run(call);
}

}  // namespace

std::vector<RankTiming> time_batch(const Bench& bench, const GlobalClock& clock, const Call& call,
                                   const LatencyBatch& batch, std::uint64_t bytes) {
  std::vector<RankTiming> timings(static_cast<std::size_t>(batch.count));
  for (int k = 0; k < batch.count; ++k) {
    const auto start = clock.to_local(batch.start + k * batch.window);
    const auto entry = bench.time.wait_until(start, bench.spin);
    run_watched(bench, call, bytes);
    const auto finish = bench.time.now();
    timings[static_cast<std::size_t>(k)] = {seconds(entry - start), seconds(finish - start),
                                            bench.communicator.device_time()};
  }
  return timings;
}

std::vector<Sample> join_batch(World& world, const std::vector<RankTiming>& timings) {
  std::vector<double> entries, finishes;
  for (const auto& timing : timings) {
    entries.push_back(timing.entry);
    finishes.push_back(timing.finish);
  }
  const auto latest = world.max_with_rank(entries);
  const auto last = world.max_with_rank(finishes);
  std::vector<Sample> samples;
  for (std::size_t k = 0; k < last.size(); ++k) samples.push_back({last[k].value, last[k].rank, latest[k].value});
  return samples;
}

Throughput time_throughput(const Bench& bench, const Call& call, int collectives, std::uint64_t bytes) {
  bench.world.barrier();
  const auto begin = bench.time.now();
  {
    const InCollective mark(bench.progress, static_cast<int>(call.operation), bytes);
    bench.communicator.run_back_to_back(call, collectives);
  }
  const auto own = seconds(bench.time.now() - begin) / collectives;
  const auto all = bench.world.gather(own);
  Throughput result;
  for (const double time : all) result.sample.duration += time / static_cast<double>(all.size());
  result.device = bench.communicator.device_time() / collectives;
  return result;
}

double time_once(const Bench& bench, const Call& call, std::uint64_t bytes) {
  const auto begin = bench.time.now();
  run_watched(bench, call, bytes);
  const auto longest = bench.world.max_with_rank({seconds(bench.time.now() - begin)});
  return longest.empty() ? 0 : longest.front().value;
}

}  // namespace longhaul
