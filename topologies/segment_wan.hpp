#pragma once
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "topologies/model.hpp"
#include "topologies/wan/control_segment.hpp"
#include "topologies/wan/timeline.hpp"
#include "topologies/wan/ways.hpp"
#include "topologies/wan_control.hpp"

namespace longhaul {

/// The WAN within the network plugin, changed through this host's control segment; its report is of this host's
/// processes. Goes on from what is in force there.
/// Events' steps are taken by a thread of this object, by the host's clock: they end with it.
class SegmentWan : public WanControl {
 public:
  /// @param topology  with as many sites as the segment
  /// @throws UsageError: the segment is another topology's
  SegmentWan(wan::MappedSegment segment, Topology topology);

  std::string engine() const override { return "plugin"; }
  int scale() const override { return 1; }
  WanAbility ability() const override { return abilities(); }
  /// No queue: a sender waits, so nothing overflows.
  static WanAbility abilities() { return {.rtt = true, .rate = true, .jitter = true, .loss = true, .events = true}; }
  void apply(const WanSetting& setting) override;
  void schedule(std::span<const wan::Event> events) override;
  void reset_counters() override;
  WanReport report() override;

 private:
  static std::vector<wan::LinkState> links_in(const wan::ControlSegment& segment, std::size_t count);
  void follow(const std::stop_token& stop);
  void set_ways(wan::Time now);
  void set_way(const PairWan& pair, std::uint32_t from, std::uint32_t to, wan::Time now);
  std::vector<LinkCounters> links() const;

  wan::MappedSegment segment_;
  Topology topology_;
  std::vector<wan::Edge> edges_;
  std::mutex mutex_;  ///< of what follows
  WanSetting setting_;
  wan::Timeline timeline_;
  std::condition_variable_any changed_;
  std::jthread clockwork_;  ///< last, so that it ends first
};

}  // namespace longhaul
