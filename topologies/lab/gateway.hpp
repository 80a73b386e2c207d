#pragma once
#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "topologies/wan/clock.hpp"
#include "topologies/wan/network.hpp"
#include "topologies/wan/segments.hpp"

namespace longhaul {

/// A packet that a site sends to another, held by the gateway under parcel.handle.
struct Departure {
  wan::Time arrived{};  ///< when it came to the gateway
  std::size_t from = 0, to = 0;
  wan::Parcel parcel;
  std::uint32_t missed = 0;  ///< packets of the same pair that came since the last one and were lost in the gateway
};

/// Where packets between the lab's sites wait while the emulator decides when they go on. Every packet that receive()
/// gave, or cut(), is to be delivered or dropped.
class Gateway {
 public:
  virtual ~Gateway() = default;

  /// Appends its ports to what is polled.
  virtual void watch(std::vector<pollfd>& polled) const = 0;
  virtual std::size_t ports() const = 0;

  /// The next packet that waits at a port, held from now on; nothing when none waits. What goes nowhere is dropped.
  virtual std::optional<Departure> receive(std::size_t port) = 0;

  /// Some segments of a super-packet as a packet of their own; nothing where this gateway cannot cut.
  virtual std::optional<wan::Parcel> cut(const wan::Parcel& whole, wan::SegmentRun run) = 0;

  /// To the site's hosts: when it returns the receiver's kernel has it.
  virtual void deliver(std::uint64_t handle, std::size_t to) = 0;
  virtual void drop(std::uint64_t handle) = 0;

  /// Of all packets held.
  virtual std::size_t bytes_held() const = 0;

  /// Whether chance may take some packets: a gateway that cannot cut then takes every wire packet by itself.
  virtual void expect_loss(bool expected) = 0;
};

}  // namespace longhaul
