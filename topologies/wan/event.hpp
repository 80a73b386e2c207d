#pragma once
#include <cstdint>

#include "topologies/wan/clock.hpp"

namespace longhaul::wan {

/// How a link is just now. All zero but for the rate: as it should be.
struct LinkState {
  bool down = false;      ///< nothing gets through
  bool avoided = false;   ///< routes go round it where they can
  double rate_share = 1;  ///< of its own rate
  double loss = 0;        ///< share of packets lost on it, on top of what the setting loses
  bool operator==(const LinkState&) const = default;
};

/// What can happen to a link. A flat value that may lie in shared memory.
struct Event {
  enum class Kind : std::uint8_t {
    cut,       ///< nothing gets through, and what is under way on it is lost; after `protection`, routes avoid it
    restore,   ///< as it should be again, at once, and routes return
    brownout,  ///< carries `rate_share` of its rate and loses `loss`
    reroute,   ///< routes avoid it after `protection`; what is under way arrives
  };
  /// The protection time of a link that nobody protects.
  static constexpr Duration kUnprotected{-1};

  Time at{};
  Kind kind = Kind::restore;
  std::uint32_t link = 0;
  Duration protection = kUnprotected;  ///< cut and reroute: from the event until routes avoid the link
  double rate_share = 1;               ///< brownout; > 0
  double loss = 0;                     ///< brownout
};

}  // namespace longhaul::wan
