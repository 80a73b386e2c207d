#pragma once
#include <cstddef>
#include <vector>

#include "topologies/lab/fault.hpp"
#include "topologies/lab/scale.hpp"
#include "topologies/model.hpp"
#include "topologies/wan/network.hpp"
#include "topologies/wan_control.hpp"
#include "topologies/wan_setting.hpp"

namespace longhaul {

/// The long-haul part of a topology as the emulator imposes it: link l of the topology is directed link 2l (a to b) and
/// 2l + 1 (b to a); every pair of sites is routed over its shortest path.
class Roads {
 public:
  /// Starts under the topology's own delays ('native').
  Roads(const Topology& topology, const Scale& scale, const LabFaults& faults = {});

  /// New round trips for parcels that enter from now on, and queues to match.
  void apply(const WanSetting& setting);

  /// Bytes, packets, drops and queues of every member of every directed link.
  std::vector<LinkCounters> counters() const;

  wan::Network& network() { return network_; }

 private:
  struct Way {
    std::size_t from, to;
    std::vector<std::size_t> links;  ///< directed
    std::vector<Duration> native;    ///< one-way delay of each
  };
  void set_queues();
  void plant(const LabFaults& faults);

  Topology topology_;
  Scale scale_;
  wan::Network network_;
  std::vector<Way> ways_;
  std::vector<Duration> one_way_;  ///< of each way, as set
  std::vector<Duration> extra_;    ///< of each directed link, by a fault: beyond what any setting says
};

/// Splits a one-way delay over the links of a path in proportion to their own, to the nanosecond; the last takes what
/// rounding leaves.
std::vector<Duration> split_delay(Duration one_way, const std::vector<Duration>& native);

/// Bytes that may wait at one member: the most of twice the bandwidth-delay product of the longest round trip that
/// crosses it, 50 ms of its rate, and 1 MiB. One BDP would drop at every overshoot of TCP's slow start; 50 ms is what
/// deep-buffered edge routers hold; 1 MiB keeps rates that were scaled down from losing what a full-size buffer holds
/// (retransmission timeouts are not scaled). 0 (no limit) for an uncapped member.
Bytes queue_limit(BytesPerSecond member_rate, Duration longest_rtt);

}  // namespace longhaul
