#pragma once
#include <cstdint>
#include <string>
#include <vector>

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
};

/// What the WAN really did since the last reset.
struct WanReport {
  Lateness lateness;
  std::vector<LinkCounters> links;
};

/// Whoever can change the WAN: the lab's emulator; an engine that can change nothing. Held by rank 0 only.
class WanControl {
 public:
  virtual ~WanControl() = default;
  /// "lab", "none".
  virtual std::string engine() const = 0;
  /// Rates are divided by this; 1 where nothing is scaled.
  virtual int scale() const = 0;
  /// True when apply() may be given something other than 'native'.
  virtual bool can_change() const = 0;
  /// Takes effect for packets that enter from now on; returns when it is in force.
  /// @throws EnvironmentError when the engine is gone
  virtual void apply(const WanSetting& setting) = 0;
  /// Start counting anew.
  virtual void reset_counters() = 0;
  virtual WanReport report() = 0;
};

}  // namespace longhaul
