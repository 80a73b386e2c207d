#include "topologies/wan_control.hpp"

#include "topologies/error.hpp"

namespace longhaul {
namespace {

void require(bool able, const std::string& engine, const char* what, const std::string& id) {
  if (able) return;
  throw UsageError(
      "WAN setting '{}' changes {}, which the engine '{}' cannot; choose another with --wan (lab can change all), or "
      "leave the {} as the topology has it",
      id, what, engine, what);
}

}  // namespace

void require_ability(const std::string& engine, const WanAbility& ability, const WanSetting& setting,
                     const Topology& topology) {
  const auto native = resolve_wan("native", topology);
  require(ability.queue || setting.queue == native.queue, engine, "queue", setting.id);
  for (std::size_t i = 0; i < setting.pairs.size(); ++i) {
    const auto &asked = setting.pairs[i], &own = native.pairs[i];
    require(ability.rtt || asked.rtt == own.rtt, engine, "round trip", setting.id);
    require(ability.rate || asked.rate == own.rate, engine, "rate", setting.id);
    require(ability.jitter || asked.jitter == own.jitter, engine, "jitter", setting.id);
    require(ability.loss || asked.loss == own.loss, engine, "loss", setting.id);
  }
}

void require_events(const std::string& engine, const WanAbility& ability) {
  if (!ability.events)
    throw UsageError("events need a WAN that can be cut and rerouted, which the engine '{}' cannot; use --lab", engine);
}

}  // namespace longhaul
