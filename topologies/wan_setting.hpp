#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "topologies/model.hpp"
#include "topologies/wan_qualities.hpp"

namespace longhaul {

/// What one pair of sites is to feel under a setting.
struct PairWan {
  std::size_t a = 0, b = 0;  ///< site indices, a < b
  Duration rtt{};            ///< configured round trip between the sites; one way is half of it
  Duration jitter{};         ///< each packet is late by 0 to this, one way; nothing overtakes
  Share loss{};              ///< of wire packets, one way
  BytesPerSecond rate{};     ///< of each link on the path, all members together, unscaled; 0: the topology's own
  auto operator<=>(const PairWan&) const = default;
};

/// One value of the WAN axis, resolved for a topology: an entry per unordered pair of sites.
struct WanSetting {
  std::string id;  ///< as the user wrote it, normalised: "native", "+10ms", "x2", "0ms", "a-b=10ms", "+10ms:loss=0.1%"
  std::vector<PairWan> pairs;
  WanQueue queue;          ///< of every member of every link
  std::uint64_t seed = 1;  ///< of jitter and loss: the same packets in the same order meet the same fate
};

/// Split "native,+10ms,x2" into ids, each normalised ("+10 ms" → "+10ms", "0" → "0ms", "1500us" → "1.5ms") and kept
/// once.
/// @throws UsageError for an id that is none of: native, +TIME, xFACTOR, TIME, SITE-SITE=TIME, each with any of
/// :jitter=TIME, :loss=SHARE, :rate=RATE and :queue=TIME or :queue=BYTES behind it
std::vector<std::string> parse_wan_axis(std::string_view text);

/// native: the topology's physics. +TIME: added to the RTT of every pair. xFACTOR: times the RTT of every pair.
/// TIME: absolute, only where the topology has one pair of sites. A-B=TIME or A-B=native: that pair, the others native;
/// several joined by '/', also behind one of the others: "+10ms/a-b=50ms". Site names may hold dashes. No RTT is ever
/// negative. Jitter and loss are the topology's, added up over the path, unless the id says otherwise: of every pair,
/// or behind a pair, of that one. A queue is every link's.
/// @throws UsageError for an unknown pair, a setting other than native on one site, or an absolute value that is
/// ambiguous (says how to write it)
WanSetting resolve_wan(const std::string& id, const Topology& topology);

}  // namespace longhaul
