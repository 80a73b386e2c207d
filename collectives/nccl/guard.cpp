#include "collectives/nccl/guard.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "topologies/error.hpp"

namespace longhaul::nccl {
namespace {

std::int64_t now() { return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1); }

/// What is waited for by asking gives up by itself, at the deadline; the guard is for what does not come back.
constexpr auto grace = std::chrono::milliseconds(100);

/// Seldom beside the deadline, so that it disturbs nothing that is timed.
Duration between_looks(Duration deadline) {
  using std::chrono::milliseconds;
  return std::clamp<Duration>(deadline / 20, milliseconds(1), milliseconds(250));
}

}  // namespace

Guard::Guard(Duration deadline, std::function<std::string()> strike)
    : deadline_(deadline), strike_(std::move(strike)), thread_([this] { look(); }) {}

Guard::~Guard() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Guard::arm() {
  if (due_ == idle) due_ = now() + (deadline_ + grace) / std::chrono::nanoseconds(1);
}

bool Guard::disarm() {
  auto due = due_.load();
  if (due > 0 && due_.compare_exchange_strong(due, idle)) return true;
  while (due_ == striking) std::this_thread::yield();
  return due_ != struck;
}

void Guard::tell(const char* what) const {
  throw HangError(fmt::format("{} has not come back within {}; {}", what, format_duration(deadline_), reason_));
}

void Guard::look() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, between_looks(deadline_), [this] { return ending_; })) {
    auto due = due_.load();
    if (due <= 0 || now() < due || !due_.compare_exchange_strong(due, striking)) continue;
    reason_ = strike_();
    due_ = struck;
    return;
  }
}

}  // namespace longhaul::nccl
