#include "harness/watch/watchdog.hpp"

#include <fmt/format.h>

#include <exception>

#include "collectives/vocabulary.hpp"
#include "harness/watch/phase.hpp"

namespace longhaul {
namespace {
Duration monotonic_now() { return std::chrono::steady_clock::now().time_since_epoch(); }
}  // namespace

std::string place_of(const Progress& progress) {
  return fmt::format("{} #{} ({})", name_of(static_cast<Operation>(progress.operation.load())),
                     progress.sequence.load(), format_bytes({progress.bytes.load()}));
}

std::string describe(const Progress& progress, Duration now) {
  const auto spent = format_duration(now - Duration(progress.since_ns.load()));
  if (progress.state.load() == Progress::entered) return fmt::format("{} for {}", place_of(progress), spent);
  return fmt::format("{} for {}{}", name_of(static_cast<Phase>(progress.phase.load())), spent,
                     progress.sequence.load() > 0 ? " after " + place_of(progress) : "");
}

Watchdog::Watchdog(const Progress& progress, Duration deadline, std::function<void(const std::string&)> on_hang,
                   Watched watched)
    : progress_(progress), deadline_(deadline), watched_(watched), on_hang_(std::move(on_hang)), thread_([this] {
        watch();
      }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool Watchdog::is_watched() const {
  const auto state = progress_.state.load();
  return state == Progress::entered || (watched_ == Watched::everything && state != Progress::ended);
}

void Watchdog::watch() {
  const auto period = std::min<Duration>(deadline_ / 4, std::chrono::seconds(1));
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, period, [this] { return ending_; })) {
    const auto now = monotonic_now();
    if (!is_watched() || now - Duration(progress_.since_ns.load()) < deadline_) continue;
    on_hang_(describe(progress_, now));
    return;
  }
}

InCollective::InCollective(Progress& progress, int operation, std::uint64_t bytes)
    : progress_(progress), exceptions_(std::uncaught_exceptions()) {
  progress_.operation.store(static_cast<std::uint32_t>(operation), std::memory_order_relaxed);
  progress_.bytes.store(bytes, std::memory_order_relaxed);
  progress_.sequence.fetch_add(1, std::memory_order_relaxed);
  progress_.since_ns.store(monotonic_now().count(), std::memory_order_relaxed);
  progress_.state.store(Progress::entered, std::memory_order_release);
}

InCollective::~InCollective() {
  if (std::uncaught_exceptions() > exceptions_) return;
  progress_.since_ns.store(monotonic_now().count(), std::memory_order_relaxed);
  progress_.state.store(Progress::left, std::memory_order_release);
}

}  // namespace longhaul
