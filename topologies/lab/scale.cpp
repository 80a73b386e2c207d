#include "topologies/lab/scale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "topologies/error.hpp"
#include "topologies/physics.hpp"

namespace longhaul {
namespace {

constexpr double kFastest = 4e9;  // bit/s
constexpr int kLargestDivisor = 1'000'000'000;

/// How often the fastest rates exceed what the machine is asked to carry; at most 1 when nothing does.
double excess(const Topology& topology) {
  double most = 1;
  for (const auto& link : topology.links) most = std::max(most, bits_per_second(capacity(link)) / kFastest);
  for (const auto& site : topology.sites) most = std::max(most, bits_per_second(site.fabric.host_rate) / kFastest);
  return most;
}

int round_divisor(double at_least) {
  for (int decade = 1;; decade *= 10)
    for (const int step : {1, 2, 5})
      if (step * decade >= at_least || decade >= kLargestDivisor) return step * decade;
}

}  // namespace

Scale choose_scale(const std::string& text, const Topology& topology) {
  if (text == "auto") return {round_divisor(excess(topology) * (1 - 1e-9)), false};
  if (text == "uncapped") return {1, true};
  int divisor = 0;
  if (text.starts_with("1:")) {
    const auto [end, fault] = std::from_chars(text.data() + 2, text.data() + text.size(), divisor);
    if (fault == std::errc{} && end == text.data() + text.size() && divisor >= 1 && divisor <= kLargestDivisor)
      return {divisor, false};
  }
  throw UsageError("unknown scale '{}'; expected auto, uncapped or 1:N (such as 1:100)", text);
}

std::string format_scale(const Scale& scale) {
  return scale.uncapped ? "uncapped" : fmt::format("1:{}", scale.divisor);
}

BytesPerSecond scaled(BytesPerSecond rate, const Scale& scale) {
  return scale.uncapped ? BytesPerSecond{0} : BytesPerSecond{rate.value / scale.divisor};
}

}  // namespace longhaul
