#include "topologies/netem/control.hpp"

#include <filesystem>
#include <map>
#include <optional>

#include "topologies/netem/device.hpp"
#include "topologies/netem/journal.hpp"
#include "topologies/netem/lease.hpp"
#include "topologies/netem/program.hpp"
#include "topologies/wan_report.hpp"

namespace longhaul {
namespace {

/// Since counting began; a holder that was made anew since then has begun at 0.
std::uint64_t since(std::uint64_t then, std::uint64_t now) { return now >= then ? now - then : now; }

class NetemControl : public WanControl {
 public:
  NetemControl(const Topology& topology, const NetemOptions& options) : topology_(topology), options_(options) {
    options_.id = netem_id();
    options_.of_process = true;
  }
  ~NetemControl() override {
    try {
      if (lease_) clean_netem(options_.id);
    } catch (const std::exception&) {  // the journal stays for `wan clean`
    }
  }
  NetemControl(const NetemControl&) = delete;
  NetemControl& operator=(const NetemControl&) = delete;

  std::string engine() const override { return "netem"; }
  int scale() const override { return 1; }
  WanAbility ability() const override { return netem_ability(); }
  void apply(const WanSetting& setting) override {
    if (!lease_) lease_.emplace(options_.id);
    apply_netem(topology_, setting, options_);
    setting_ = setting.id;
  }
  void schedule(std::span<const wan::Event>) override { require_events(engine(), ability()); }
  void reset_counters() override { begin_ = counters(); }
  WanReport report() override {
    WanReport report;
    report.setting = setting_;
    if (setting_.empty()) return report;
    report.links = no_counters(topology_);
    const auto from = own_site(topology_, options_);
    for (const auto& [site, now] : counters()) {
      const auto& then = begin_[site];
      add_on_path(
          topology_, from, site_named(topology_, site),
          {since(then.bytes, now.bytes), since(then.packets, now.packets), since(then.drops, now.drops), now.backlog},
          report.links);
    }
    return report;
  }

 private:
  /// What our holders have done since they were made, by other site.
  std::map<std::string, QueueCounters> counters() const {
    std::map<std::string, QueueCounters> all;
    for (const auto& entry : read_journals()) {
      if (entry.id != options_.id) continue;
      const auto by_site = counters_by_site(disciplines_of(entry.device), entry.to.size());
      for (std::size_t site = 0; site < by_site.size(); ++site) all[entry.to[site]] = by_site[site];
    }
    return all;
  }

  Topology topology_;
  NetemOptions options_;
  std::optional<ProcessLease> lease_;  ///< from the first setting on
  std::string setting_;
  std::map<std::string, QueueCounters> begin_;
};

}  // namespace

WanAbility netem_ability() { return {.rtt = true, .rate = true, .jitter = true, .loss = true}; }

std::string netem_missing() {
  const bool there = std::filesystem::exists("/sys/module/sch_netem") ||
                     run_program({"modprobe", "--dry-run", "--quiet", "sch_netem"}).code == 0;
  return there ? "" : "this kernel has no sch_netem";
}

std::unique_ptr<WanControl> connect_netem(const Topology& topology, const NetemOptions& options) {
  return std::make_unique<NetemControl>(topology, options);
}

}  // namespace longhaul
