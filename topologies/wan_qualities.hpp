#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "topologies/model.hpp"

namespace longhaul {

/// How much may wait at a member: bytes, or what its rate carries in a time; neither: the engine's own rule.
struct WanQueue {
  Duration time{};
  Bytes bytes{};
  bool operator==(const WanQueue&) const = default;
};

/// What a WAN setting may ask for beside round trips, of every pair of sites.
struct WanQualities {
  std::optional<Duration> jitter;      ///< at most, one way
  std::optional<Share> loss;           ///< of wire packets, one way
  std::optional<BytesPerSecond> rate;  ///< of each link's members together, or of each pair where there are no links
  WanQueue queue;
  bool empty() const { return !jitter && !loss && !rate && queue == WanQueue{}; }
};

/// Reads "jitter=50us:loss=0.1%:rate=10Gbit/s:queue=50ms" (or queue=4MiB): any of these, each once, in any order.
/// @throws UsageError
WanQualities parse_qualities(std::string_view text);

/// The normalised text, each quality after a colon: ":jitter=50us:loss=0.1%:rate=10Gbit/s"; empty where there is none.
std::string text_of(const WanQualities& qualities);

/// Exact, unlike format_duration: two durations never read the same. "392us", "1.5ms", "0ms".
std::string exact_duration(Duration time);

}  // namespace longhaul
