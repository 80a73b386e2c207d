#include "harness/estimate.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace longhaul {

Duration launch_time(const Plan& plan) { return plan.time_limit / starts(plan); }

Duration further_launch_time(const Plan& plan, Duration left) {
  const auto planned = std::max<Duration>(launch_time(plan) / 2, std::chrono::milliseconds(1));
  const auto launches = std::max<std::int64_t>(1, (left + planned / 2) / planned);
  return left / launches;
}

Duration estimate(const Plan& plan, std::size_t points) {
  if (plan.time_limit > Duration{0}) return plan.time_limit + starts(plan) * kLaunchStart;
  const auto samples = plan.visit_time > Duration{0} ? plan.visit_time : kDefaultVisitTime;
  const auto visits = static_cast<std::int64_t>(points) * plan.rounds;
  return starts(plan) * kLaunchStart + plan.launches * visits * (samples + kVisitOverhead);
}

Duration job_time(Duration estimate, Duration early_signal) {
  return std::chrono::ceil<std::chrono::minutes>(estimate + estimate / 4 + early_signal);
}

}  // namespace longhaul
