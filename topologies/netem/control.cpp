#include "topologies/netem/control.hpp"

#include "topologies/netem/device.hpp"

namespace longhaul {
namespace {

class NetemControl : public WanControl {
 public:
  NetemControl(const Topology& topology, const NetemOptions& options) : topology_(topology), options_(options) {}
  ~NetemControl() override {
    try {
      if (applied_) clean_netem();
    } catch (const std::exception&) {  // the journal stays for `wan clean`
    }
  }
  NetemControl(const NetemControl&) = delete;
  NetemControl& operator=(const NetemControl&) = delete;

  std::string engine() const override { return "netem"; }
  int scale() const override { return 1; }
  WanAbility ability() const override { return {.rtt = true, .rate = true, .jitter = true, .loss = true}; }
  void apply(const WanSetting& setting) override {
    applied_ = true;
    apply_netem(topology_, setting, options_);
  }
  void schedule(std::span<const wan::Event>) override { require_events(engine(), ability()); }
  void reset_counters() override {}
  WanReport report() override { return {}; }

 private:
  Topology topology_;
  NetemOptions options_;
  bool applied_ = false;
};

}  // namespace

std::unique_ptr<WanControl> connect_netem(const Topology& topology, const NetemOptions& options) {
  return std::make_unique<NetemControl>(topology, options);
}

}  // namespace longhaul
