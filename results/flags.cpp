#include "results/flags.hpp"

#include <fmt/format.h>

namespace longhaul {
namespace {

constexpr FlagName kVisitFlags[] = {
    {flag_late_release, "late_release", "late release"},
    {flag_clock_limited, "clock_limited", "clock-limited"},
    {flag_wrong_data, "wrong_data", "wrong data"},
    {flag_wan_not_felt, "wan_not_felt", "WAN not felt"},
    {flag_oversubscribed, "oversubscribed", "oversubscribed"},
    {flag_interrupted, "interrupted", "interrupted"},
    {flag_throttled, "throttled", "throttled"},
};

// Values as NVML has them.
constexpr FlagName kThrottleReasons[] = {
    {0x1, "gpu_idle", "idle"},
    {0x2, "clocks_setting", "clocks as set"},
    {0x4, "power_cap", "power cap"},
    {0x8, "hw_slowdown", "hardware slowdown"},
    {0x10, "sync_boost", "synchronised boost"},
    {0x20, "thermal", "heat"},
    {0x40, "hw_thermal", "heat, by hardware"},
    {0x80, "power_brake", "power brake"},
    {0x100, "display", "display"},
};

constexpr FlagName kSampleFlags[] = {
    {sample_late_start, "late_start", "late start"},
};

}  // namespace

std::span<const FlagName> visit_flags() { return kVisitFlags; }
std::span<const FlagName> sample_flags() { return kSampleFlags; }
std::span<const FlagName> throttle_reasons() { return kThrottleReasons; }

std::vector<std::int32_t> flags_of_points(const Results& results) {
  std::vector<std::int32_t> flags(results.points.size(), 0);
  for (const auto& visit : results.visits)
    if (visit.point >= 0 && static_cast<std::size_t>(visit.point) < flags.size())
      flags[static_cast<std::size_t>(visit.point)] |= visit.flags;
  return flags;
}

std::string flag_names(std::int32_t flags) {
  std::vector<std::string> names;
  for (const auto& flag : kVisitFlags)
    if (flags & flag.bit) names.emplace_back(flag.name);
  return fmt::format("{}", fmt::join(names, " "));
}

std::string marks(const PointRow& point, std::int32_t flags) {
  std::vector<std::string> words;
  if (point.visits == 0)
    words.emplace_back("not measured");
  else if (!point.converged)
    words.push_back(point.reason.empty() ? "not converged" : fmt::format("not converged ({})", point.reason));
  if (point.wrong > 0) words.push_back(fmt::format("{} wrong", point.wrong));
  for (const auto& flag : kVisitFlags)
    if (flags & flag.bit && !(flag.bit == flag_wrong_data && point.wrong > 0)) words.emplace_back(flag.words);
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace longhaul
