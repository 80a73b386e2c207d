#include "collectives/net/background.hpp"

#include "collectives/net_plugin/failure.hpp"

namespace longhaul::net {
namespace {

constexpr auto kRest = std::chrono::microseconds(50);

}  // namespace

Background::Background(std::function<bool()> push) : push_(std::move(push)), thread_([this] { work(); }) {}

Background::~Background() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Background::Turn::Turn(Background& background) : background_(background), lock_(background.mutex_) {
  background_.left_ = false;
}

/// What is over at once need not wake the thread.
Background::Turn::~Turn() {
  try {
    background_.left_ = background_.push_();
  } catch (const Failure&) {
    background_.left_ = false;
  }
  const bool wake = background_.left_;
  lock_.unlock();
  if (wake) background_.changed_.notify_one();
}

void Background::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || left_; });
    if (ending_) return;
    try {
      left_ = push_();
    } catch (const Failure&) {
      left_ = false;
    }
    lock.unlock();
    std::this_thread::sleep_for(kRest);
    lock.lock();
  }
}

}  // namespace longhaul::net
