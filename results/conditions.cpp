#include "results/conditions.hpp"

#include "results/rate_scale.hpp"

namespace longhaul {
namespace {

/// What is empty is not known: an imported file says little.
bool differ(const std::string& a, const std::string& b) { return !a.empty() && !b.empty() && a != b; }

/// An imported launch has no plan, and its engine is a guess.
std::string known_engine(const LaunchRow& launch) { return launch.plan_text.empty() ? "" : launch.wan_engine; }

}  // namespace

std::optional<ConditionDifference> first_difference(const LaunchRow& a, const LaunchRow& b) {
  if (differ(a.topology, b.topology)) return {{"topology", a.topology, b.topology}};
  if (differ(a.topology_text, b.topology_text)) return {{"the topology's text", "one", "another of the same name"}};
  if (differ(a.device, b.device)) return {{"device", a.device, b.device}};
  if (a.flags != b.flags) return {{"the file's marks", a.flags, b.flags}};
  if (differ(known_engine(a), known_engine(b))) return {{"what imposes the WAN", a.wan_engine, b.wan_engine}};
  if (a.wan_engine == b.wan_engine && a.scale != b.scale) return {{"the lab's scale", rate_scale(a), rate_scale(b)}};
  if (differ(a.congestion_control, b.congestion_control))
    return {{"congestion control", a.congestion_control, b.congestion_control}};
  return std::nullopt;
}

}  // namespace longhaul
