#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "topologies/lab/fault.hpp"
#include "topologies/lab/scale.hpp"
#include "topologies/model.hpp"
#include "topologies/wan/network.hpp"
#include "topologies/wan/timeline.hpp"
#include "topologies/wan/ways.hpp"
#include "topologies/wan_control.hpp"
#include "topologies/wan_setting.hpp"

namespace longhaul {

/// The long-haul part of a topology as the emulator imposes it: link l of the topology is directed link 2l (a to b) and
/// 2l + 1 (b to a); every pair of sites is routed over its shortest path, and round links that events take away.
class Roads {
 public:
  /// Starts under the topology's own delays ('native').
  Roads(const Topology& topology, const Scale& scale, const LabFaults& faults = {});

  /// A new setting for parcels that enter from now on, and queues to match. Ends all events.
  void apply(const WanSetting& setting);

  /// Events to come, their times as the caller's clock has them.
  /// @throws std::invalid_argument for a link that is not there, or a rate that cannot be reduced as there is none
  void schedule(std::span<const wan::Event> events);

  /// As Network::next, with all that happens to links meanwhile, in order of time.
  std::optional<wan::Arrival> next(wan::Time now);
  /// When next() will have something to do.
  std::optional<wan::Time> next_due() const;

  /// Bytes, packets, drops and queues of every member of every directed link.
  std::vector<LinkCounters> counters() const;

  /// Whether the setting or an event to come lets chance take packets.
  bool may_lose() const { return may_lose_; }

  /// The id of the setting in force, and the steps of events still to come.
  const std::string& setting() const { return setting_; }
  std::size_t to_come() const { return timeline_.to_come(); }

  wan::Network& network() { return network_; }

 private:
  struct Way {
    std::uint32_t from, to;
    std::vector<std::uint32_t> usual;  ///< links of the topology
    Duration one_way{};                ///< as set, on the usual way
    Duration jitter{};
    double loss = 0;
    BytesPerSecond rate;  ///< as set; 0: the links' own
  };
  std::vector<std::uint32_t> way_taken(const Way& way) const;
  void set_routes();
  void set_links();
  BytesPerSecond member_rate(std::size_t link) const;
  void plant(const LabFaults& faults);

  Topology topology_;
  Scale scale_;
  std::vector<wan::Edge> edges_;
  wan::Network network_;
  wan::Timeline timeline_;
  std::vector<Way> ways_;
  WanQueue queue_;
  std::string setting_;
  bool may_lose_ = false;
  std::vector<Duration> extra_;  ///< of each directed link, by a fault: beyond what any setting says
};

/// Splits a one-way delay over the links of a path in proportion to their own, to the nanosecond; the last takes what
/// rounding leaves.
std::vector<Duration> split_delay(Duration one_way, const std::vector<Duration>& native);

/// Bytes that may wait at one member: the most of twice the bandwidth-delay product of the longest round trip that
/// crosses it, 50 ms of its rate, and 1 MiB. One BDP would drop at every overshoot of TCP's slow start; 50 ms is what
/// deep-buffered edge routers hold; 1 MiB keeps rates that were scaled down from losing what a full-size buffer holds
/// (retransmission timeouts are not scaled). 0 (no limit) for an uncapped member. A queue asked for is taken as it is.
Bytes queue_limit(BytesPerSecond member_rate, Duration longest_rtt, const WanQueue& asked = {});

}  // namespace longhaul
