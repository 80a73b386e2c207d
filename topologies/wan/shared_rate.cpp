#include "topologies/wan/shared_rate.hpp"

#include <algorithm>
#include <cmath>

namespace longhaul::wan {
namespace {

/// Rounded up, so that many small grants do not add up to more than the rate.
std::int64_t time_on_wire(std::uint64_t bytes, std::uint64_t rate) {
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(bytes) * 1e9 / static_cast<double>(rate)));
}

}  // namespace

std::optional<Time> RateUser::send(Time now, std::uint64_t bytes) {
  const auto rate = rate_->bytes_per_second.load(std::memory_order_relaxed);
  if (rate == 0) {
    granted_ = turn_left_ = 0;
    turn_start_ = Time::min();
    return now;
  }
  granted_until_ = std::max(granted_until_, now);
  while (granted_ < bytes) {
    if (turn_left_ == 0 && turn_start_ > now) return std::nullopt;
    const bool new_turn = turn_left_ == 0 || granted_until_ <= now;
    if (new_turn) turn_left_ = quantum_;
    const auto part = std::min(turn_left_, bytes - granted_);
    const auto finish = grant(now, part, rate);
    if (new_turn) turn_start_ = finish - Duration(time_on_wire(part, rate));
    granted_ += part;
    turn_left_ -= part;
    granted_until_ = finish;
  }
  granted_ = 0;
  return granted_until_;
}

Time RateUser::grant(Time now, std::uint64_t bytes, std::uint64_t rate) {
  const auto length = time_on_wire(bytes, rate);
  auto before = rate_->finish.load(std::memory_order_relaxed);
  std::int64_t after = 0;
  do {
    after = std::max<std::int64_t>(before, now.count()) + length;
  } while (!rate_->finish.compare_exchange_weak(before, after, std::memory_order_relaxed));
  return Time(after);
}

}  // namespace longhaul::wan
