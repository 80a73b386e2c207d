#include "results/conditions.hpp"

#include <fmt/format.h>

namespace longhaul {

std::optional<ConditionDifference> first_difference(const LaunchRow& a, const LaunchRow& b) {
  if (a.topology != b.topology) return {{"topology", a.topology, b.topology}};
  if (a.topology_text != b.topology_text) return {{"the topology's text", "one", "another of the same name"}};
  if (a.device != b.device) return {{"device", a.device, b.device}};
  if (a.flags != b.flags) return {{"the file's marks", a.flags, b.flags}};
  if (a.scale != b.scale) return {{"the lab's scale", fmt::format("1:{}", a.scale), fmt::format("1:{}", b.scale)}};
  if (a.congestion_control != b.congestion_control)
    return {{"congestion control", a.congestion_control, b.congestion_control}};
  return std::nullopt;
}

}  // namespace longhaul
