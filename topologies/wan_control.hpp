#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "topologies/wan/event.hpp"
#include "topologies/wan_setting.hpp"

namespace longhaul {

/// How late the emulator released packets: actual write − due time, of all packets since the last reset.
struct Lateness {
  std::uint64_t packets = 0;
  Duration p50{}, p99{}, max{};
};

/// One direction of one link since the last reset.
struct LinkCounters {
  std::string link;              ///< Link::name
  std::size_t from = 0, to = 0;  ///< site indices
  int member = 0;
  std::uint64_t bytes = 0;      ///< delivered, IP bytes on the wire (each segment's headers counted)
  std::uint64_t packets = 0;    ///< wire packets delivered
  std::uint64_t drops = 0;      ///< wire packets lost: queue overflow or configured loss
  std::uint64_t queue_max = 0;  ///< bytes
  BytesPerSecond rate;          ///< configured (scaled) rate of this member; 0 = uncapped
  bool down = false;            ///< cut, just now
  bool avoided = false;         ///< routes go round it, just now
};

/// What the WAN really did since the last reset.
struct WanReport {
  Lateness lateness;
  std::vector<std::uint64_t> late_counts;  ///< releases by lateness, as wan::SharedLateness; empty: only `lateness`
  std::vector<LinkCounters> links;
  std::string setting;      ///< id of the one in force
  std::size_t to_come = 0;  ///< steps of events
};

/// What an engine can impose. Asking for more is a UsageError of whoever asks (see require_ability).
struct WanAbility {
  bool rtt = false, rate = false, jitter = false, loss = false, queue = false, events = false;
};

/// Whoever can change the WAN: the lab's emulator, netem on real interfaces, the NCCL plugin; or one that can change
/// nothing. Held by rank 0 only.
class WanControl {
 public:
  virtual ~WanControl() = default;
  /// "lab", "netem", "plugin", "none".
  virtual std::string engine() const = 0;
  /// Rates are divided by this; 1 where nothing is scaled.
  virtual int scale() const = 0;
  virtual WanAbility ability() const = 0;
  /// True when apply() may be given something other than 'native'.
  bool can_change() const { return ability().rtt; }
  /// Takes effect for packets that enter from now on; returns when it is in force.
  /// @throws EnvironmentError when the engine is gone
  virtual void apply(const WanSetting& setting) = 0;
  /// Adds events, their times counted from now, their links as the topology numbers them. Those that are still to come
  /// and all that happened so far end with the next apply().
  /// @throws EnvironmentError when the engine is gone
  virtual void schedule(std::span<const wan::Event> events) = 0;
  /// Start counting anew.
  virtual void reset_counters() = 0;
  virtual WanReport report() = 0;
};

/// @throws UsageError where a setting, or events, ask an engine for what it cannot do
void require_ability(const std::string& engine, const WanAbility& ability, const WanSetting& setting,
                     const Topology& topology);
void require_events(const std::string& engine, const WanAbility& ability);

}  // namespace longhaul
