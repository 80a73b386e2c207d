#include "harness/time_source.hpp"

#include <sched.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <thread>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

Duration steady() { return std::chrono::steady_clock::now().time_since_epoch(); }

/// Sleeping overshoots by the kernel's wake-up; this much before the target we stop sleeping.
constexpr auto kWakeMargin = std::chrono::microseconds(150);

}  // namespace

TimeSource TimeSource::for_rank(int rank) {
  const char* text = std::getenv("LONGHAUL_TEST_CLOCK");
  if (text == nullptr) return {};
  std::istringstream entries(text);
  for (std::string entry; std::getline(entries, entry, ',');) {
    int of = 0;
    double offset = 0, ppm = 0;
    char colon1 = 0, colon2 = 0;
    std::istringstream fields(entry);
    if (!(fields >> of >> colon1 >> offset >> colon2 >> ppm) || colon1 != ':' || colon2 != ':')
      throw UsageError("LONGHAUL_TEST_CLOCK holds '{}'; expected RANK:OFFSET_SECONDS:DRIFT_PPM", entry);
    if (of == rank) return {from_seconds(offset), ppm * 1e-6};
  }
  return {};
}

Duration TimeSource::now() const {
  const auto time = steady();
  if (drift_ == 0) return time + offset_;
  static const auto origin = steady();
  return time + offset_ + Duration(static_cast<std::int64_t>(static_cast<double>((time - origin).count()) * drift_));
}

Duration TimeSource::wait_until(Duration target, bool spin) const {
  for (;;) {
    const auto time = now();
    if (time >= target) return time;
    if (target - time > 2 * kWakeMargin)
      std::this_thread::sleep_for(target - time - kWakeMargin);
    else if (!spin)
      sched_yield();
  }
}

}  // namespace longhaul
