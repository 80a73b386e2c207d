#include "harness/watch/phase.hpp"

#include <array>
#include <chrono>

namespace longhaul {

std::string_view name_of(Phase phase) {
  static constexpr std::array<std::string_view, 10> kNames{"set-up",
                                                           "preflight",
                                                           "clock synchronisation",
                                                           "waiting for the next visit",
                                                           "setting WAN and buffers",
                                                           "measuring RTTs",
                                                           "warming up",
                                                           "sampling",
                                                           "verification",
                                                           "storing the visit"};
  const auto at = static_cast<std::size_t>(phase);
  return at < kNames.size() ? kNames[at] : "?";
}

void enter(Progress& progress, Phase phase) {
  progress.phase.store(static_cast<std::uint32_t>(phase), std::memory_order_relaxed);
  progress.since_ns.store(std::chrono::steady_clock::now().time_since_epoch().count(), std::memory_order_release);
}

}  // namespace longhaul
