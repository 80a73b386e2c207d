#include "harness/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace longhaul {
namespace {

/// Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014.
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

constexpr int kMaxBatch = 50;  // keeps the clock's drift and a late start's harm within one batch small

}  // namespace

std::vector<std::size_t> visit_order(std::size_t points, std::uint64_t seed, int slot, int round) {
  std::vector<std::size_t> order(points);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::uint64_t state = seed;
  state = next_random(state) ^ static_cast<std::uint64_t>(slot);
  state = next_random(state) ^ static_cast<std::uint64_t>(round);
  for (std::size_t i = points; i > 1; --i) std::swap(order[i - 1], order[next_random(state) % i]);
  return order;
}

Duration fair_share(Duration left, std::size_t visits, Duration overhead) {
  if (visits == 0) return Duration{0};
  return std::max(Duration{0}, left / static_cast<std::int64_t>(visits) - overhead);
}

double weight_of(double half_width, double precision) {
  const double ratio = half_width / precision;
  return std::isnan(ratio) ? kMostWeight : std::clamp(ratio * ratio, 1.0, kMostWeight);
}

int visits_in_round(Duration share, Duration cost) {
  if (cost <= Duration{0}) return 1;
  return static_cast<int>(std::clamp<std::int64_t>(share / cost, 1, kMostVisitsARound));
}

int next_batch(const VisitBudget& budget, Duration spent, int taken, Duration one_sample) {
  const int owed = std::max(0, budget.min_samples - taken);
  const int room = budget.max_samples - taken;
  if (room <= 0) return 0;
  const auto left = budget.time - spent;
  if (left <= Duration{0}) return owed;
  const auto fit = one_sample > Duration{0} ? left / one_sample : std::int64_t{kMaxBatch};
  // Half at a time: the estimate of one sample may be far off, and the rest is planned with what this batch shows.
  const auto half = fit > 8 ? (fit + 1) / 2 : fit;
  return static_cast<int>(std::clamp<std::int64_t>(half, owed, std::min(room, std::max(owed, kMaxBatch))));
}

}  // namespace longhaul
