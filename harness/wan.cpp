#include "harness/wan.hpp"

#include "topologies/error.hpp"
#include "topologies/nearest.hpp"
#include "topologies/netem/control.hpp"

namespace longhaul {
namespace {

class NoWan : public WanControl {
 public:
  std::string engine() const override { return "none"; }
  int scale() const override { return 1; }
  WanAbility ability() const override { return {}; }
  void apply(const WanSetting&) override {}
  void schedule(std::span<const wan::Event>) override { require_events("none", {}); }
  void reset_counters() override {}
  WanReport report() override { return {}; }
};

}  // namespace

std::unique_ptr<WanControl> no_wan() { return std::make_unique<NoWan>(); }

std::unique_ptr<WanControl> connect_wan(const std::string& engine, const LabFabric* lab, const Topology& topology) {
  if (engine.empty()) return lab != nullptr ? connect_lab(*lab) : no_wan();
  if (engine == "none") return no_wan();
  if (engine == "netem") return connect_netem(topology);
  if (engine == "lab" && lab == nullptr) throw UsageError("--wan lab needs a lab around the run; add --lab");
  if (engine == "lab") return connect_lab(*lab);
  throw UsageError("unknown WAN engine '{}'; {}expected lab, netem, plugin or none", engine,
                   did_you_mean(engine, {"lab", "netem", "plugin", "none"}));
}

}  // namespace longhaul
