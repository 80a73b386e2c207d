#include "collectives/net_plugin/drain.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <vector>

namespace longhaul::net {
namespace {

/// An owner that asked within this time will ask again.
constexpr Time kRecently = std::chrono::milliseconds(2);
constexpr int kPollMilliseconds = 2;

}  // namespace

Drain::~Drain() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Drain::add(Receiver& receiver) {
  const std::lock_guard lock(mutex_);
  receivers_.push_back(&receiver);
  if (!thread_.joinable()) {
    // Signals are the application's.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { work(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  changed_.notify_all();
}

void Drain::remove(Receiver& receiver) {
  const std::lock_guard lock(mutex_);
  receivers_.remove(&receiver);
}

void Drain::work() {
  std::vector<int> sockets;
  std::vector<pollfd> polled;
  for (;;) {
    sockets.clear();
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || !receivers_.empty(); });
      if (ending_) return;
      for (auto* receiver : receivers_) {
        if (receiver->looked_after(kRecently)) continue;
        receiver->drain();
        receiver->add_sockets(sockets);
      }
    }
    polled.clear();
    for (const int fd : sockets) polled.push_back({fd, POLLIN | POLLRDHUP, 0});
    ::poll(polled.data(), polled.size(), kPollMilliseconds);
    // A socket that is at its end is always readable: nothing more comes from it, and asking again at once would spin.
    const bool at_end = std::ranges::any_of(
        polled, [](const pollfd& each) { return (each.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0; });
    if (at_end) std::this_thread::sleep_for(std::chrono::milliseconds(kPollMilliseconds));
  }
}

}  // namespace longhaul::net
