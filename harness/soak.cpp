#include "harness/soak.hpp"

#include <algorithm>

#include "harness/interrupt.hpp"
#include "harness/watch/watchdog.hpp"
#include "results/soak.hpp"
#include "topologies/wan_events.hpp"

namespace longhaul {
namespace {

/// Between two looks at the clock and at the data; a look crosses the WAN.
constexpr double kBatchTime = 1;
constexpr int kMostInBatch = 10'000;

EventRow row_of(const wan::Event& event, const Topology& topology) {
  EventRow row;
  row.at = seconds(event.at);
  row.kind = name_of(event.kind);
  row.link = topology.links[event.link].name;
  if (event.protection >= Duration::zero()) row.protection = seconds(event.protection);
  row.rate_share = event.rate_share;
  row.loss = event.loss;
  return row;
}

/// Wrong elements on all ranks, known to rank 0, of the last collective. In place it has been overwritten by its own
/// results, so there it is filled and run once more.
std::int64_t wrong_elements(Session& session, const Point& point, const Buffers& buffers, const Call& call,
                            unsigned seed) {
  if (point.in_place) {
    session.device.fill(point, buffers, session.bench.world.rank(), seed);
    const InCollective mark(session.bench.progress, static_cast<int>(call.operation), buffers.counts.moved.count);
    session.bench.communicator.run(call);
  }
  const auto mismatch = session.device.verify(point, buffers, session.bench.world.rank(), seed);
  std::int64_t sum = 0;
  for (const auto wrong : session.bench.world.gather(mismatch ? mismatch->wrong : 0))
    sum += static_cast<std::int64_t>(wrong);
  return sum;
}

}  // namespace

std::vector<wan::Event> events_of(const Plan& plan, const Topology& topology) {
  auto events = read_wan_events(plan.events, topology);
  if (!events.empty() && events.back().at >= plan.visit_time)
    plan.events.front().fail("an event at {} comes after the end of the soak; raise --for, which is {}",
                             format_duration(events.back().at), format_duration(plan.visit_time));
  return events;
}

std::vector<Sample> sample_soak(Session& session, const Point& point, const Buffers& buffers, const Call& call,
                                double estimate, const VisitBudget& budget, VisitRecord& record) {
  auto& bench = session.bench;
  auto& world = bench.world;
  const auto bytes = buffers.counts.moved.count;
  std::vector<Sample> samples;
  const auto begin = bench.time.now();
  if (session.wan != nullptr) session.wan->schedule(session.events);  // the plugin's: a host's first rank each
  if (world.rank() == 0) {
    for (const auto& event : session.events) record.events.push_back(row_of(event, session.topology));
  }
  for (unsigned batch = 1;; ++batch) {
    const bool over = bench.time.now() - begin >= budget.time;
    const double one = samples.empty() ? estimate : samples.back().duration;
    const int wanted = static_cast<int>(std::clamp(kBatchTime / std::max(one, 1e-9), 1.0, double{kMostInBatch}));
    const int count = world.broadcast(over || interrupt_signal() != 0 ? 0 : wanted);
    if (count == 0) {
      if (!over) record.row.flags |= flag_interrupted;
      break;
    }
    // Other contents each time: what a lost or repeated message leaves behind is no longer right.
    session.device.fill(point, buffers, world.rank(), batch);
    for (int k = 0; k < count; ++k) {
      const auto start = bench.time.now();
      {
        const InCollective mark(bench.progress, static_cast<int>(call.operation), bytes);
        bench.communicator.run(call);
      }
      if (world.rank() != 0) continue;
      const double duration = seconds(bench.time.now() - start);
      samples.push_back({duration, -1, 0});
      record.soak.push_back({0, seconds(start - begin), duration});
    }
    const auto wrong = wrong_elements(session, point, buffers, call, batch);
    record.row.wrong += wrong;
    if (wrong > 0) count_failed(record.events, record.soak, record.soak.size() - 1);  // rank 0: others know of none
  }
  if (record.row.wrong > 0) record.row.flags |= flag_wrong_data;
  measure_effects(record.events, record.soak);
  return samples;
}

}  // namespace longhaul
