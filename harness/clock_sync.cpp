#include "harness/clock_sync.hpp"

namespace longhaul {
namespace {

/// Pings of one burst: until this many, or this long with at least kLeastPings; the fastest few of them count.
constexpr int kPings = 100;
constexpr int kLeastPings = 12;
constexpr auto kBurst = std::chrono::milliseconds(25);
/// Sync points further back than this no longer tell today's drift.
constexpr std::size_t kHistory = 16;

/// What the asker sends: another ping, or the end of the burst.
enum class Question : std::int32_t { ping, end };

}  // namespace

ClockSync::ClockSync(World& world, const TimeSource& time, const std::vector<std::vector<int>>& sites)
    : world_(world), time_(time), steps_(sync_tree(sites)) {}

void ClockSync::sync() {
  for (const auto& step : steps_)
    for (const auto& pair : step) {
      if (pair.child == world_.rank()) ask(pair.parent);
      if (pair.parent == world_.rank()) answer(pair.child);
    }
}

void ClockSync::ask(int parent) {
  std::vector<Ping> pings;
  const auto begin = time_.now();
  while (pings.size() < kPings && (pings.size() < kLeastPings || time_.now() - begin < kBurst)) {
    Ping ping;
    ping.sent = time_.now();
    world_.send(parent, Question::ping);
    ping.remote = world_.receive<Duration>(parent);
    ping.received = time_.now();
    pings.push_back(ping);
  }
  world_.send(parent, Question::end);
  history_.push_back(estimate_offset(pings));
  if (history_.size() > kHistory) history_.erase(history_.begin());
  clock_ = compose(world_.receive<GlobalClock>(parent), fit_drift(history_));
}

void ClockSync::answer(int child) {
  while (world_.receive<Question>(child) == Question::ping) world_.send(child, time_.now());
  world_.send(child, clock_);
}

Duration ClockSync::uncertainty() const { return clock_.uncertainty_at(time_.now()); }

}  // namespace longhaul
