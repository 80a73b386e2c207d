#include "harness/exchange.hpp"

#include <algorithm>

#include "harness/watch/watchdog.hpp"
#include "results/statistics.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr int kWarmPasses = 2;
constexpr std::size_t kWordBytes = 8;

}  // namespace

Exchanges::Exchanges(const Bench& bench, Device& device, std::vector<Step> steps, const Buffers& buffers)
    : bench_(bench), steps_(std::move(steps)), buffers_(buffers), word_(device.scratch(kWordBytes)) {}

double Exchanges::time_exchange(const RankPair& pair) {
  const bool first = bench_.communicator.rank() == pair.first;
  const int peer = first ? pair.second : pair.first;
  const std::size_t bytes = buffers_.counts.moved.count;
  const InCollective mark(bench_.progress, static_cast<int>(Operation::send_recv), bytes);
  bench_.communicator.there_and_back(peer, first, word_.get(), word_.get(), kWordBytes);
  const auto begin = bench_.time.now();
  bench_.communicator.there_and_back(peer, first, buffers_.send, buffers_.receive, bytes);
  return seconds(bench_.time.now() - begin) / 2;
}

/// Whoever has no part in what went wrong is not lost, and says so.
void Exchanges::meet() {
  if (bench_.world.meet()) return;
  throw Error(ExitCode::done, "waited for the exchanges of other ranks when one of them gave up");
}

std::vector<Exchanges::Timed> Exchanges::pass() {
  std::vector<Timed> timed;
  const int rank = bench_.communicator.rank();
  for (const auto& step : steps_) {
    meet();
    const auto pair =
        std::ranges::find_if(step, [&](const RankPair& p) { return p.first == rank || p.second == rank; });
    if (pair == step.end()) {
      // A step counts as one call on every rank, so that a rank that rests does not seem to be behind.
      bench_.progress.sequence.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    const double time = time_exchange(*pair);
    if (pair->first == rank) timed.push_back({pair->second, time});
  }
  meet();
  return timed;
}

void Exchanges::add(const std::vector<std::vector<Timed>>& by_rank) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t rank = 0; rank < by_rank.size(); ++rank)
    for (const auto& timed : by_rank[rank]) {
      pairs_[{static_cast<int>(rank), timed.peer}].push_back(timed.time);
      sum += timed.time;
      ++count;
    }
  samples_.emplace_back();  // on every rank, as those of throughput mode
  if (count > 0) samples_.back().duration = sum / static_cast<double>(count);
}

void Exchanges::warm_up() {
  for (int i = 0; i < kWarmPasses; ++i) pass();
}

void Exchanges::sample(const VisitBudget& budget) {
  const auto begin = bench_.time.now();
  for (;;) {
    const auto taken = static_cast<int>(samples_.size());
    const auto spent = bench_.time.now() - begin;
    const auto one = taken > 0 ? spent / taken : Duration{0};
    if (bench_.world.broadcast(next_batch(budget, spent, taken, one)) == 0) return;
    add(bench_.world.gather(pass()));
  }
}

std::vector<ExchangeRow> Exchanges::rows() const {
  std::vector<ExchangeRow> rows;
  for (const auto& [pair, times] : pairs_)
    rows.push_back({0, pair.first, pair.second, median(times), *std::ranges::min_element(times),
                    static_cast<std::int32_t>(times.size())});
  return rows;
}

}  // namespace longhaul
