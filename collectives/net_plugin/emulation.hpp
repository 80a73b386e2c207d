#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "collectives/net_plugin/socket.hpp"
#include "topologies/wan/control_segment.hpp"
#include "topologies/wan/jitter.hpp"
#include "topologies/wan/loss.hpp"

namespace longhaul::net {

/// The emulated WAN as one process sees it: what its messages have to wait for on their way to other sites.
///
/// Everything is decided by the sender and told in the message's header, so that hosts need no common clock: the
/// receiver counts from the message's arrival. Used by several threads.
class Emulation {
 public:
  /// Without a WAN: nothing waits.
  Emulation() = default;
  /// @param site   this process's
  /// @param place  tells this process's chance from that of others: of the same segment's seed and the same place, the
  ///               same messages in the same order meet the same
  Emulation(wan::MappedSegment segment, int site, std::uint64_t place);
  /// As LONGHAUL_NET_CONTROL (a path), LONGHAUL_NET_SITE (a number) and LONGHAUL_NET_RANK (the process's place; else a
  /// number of its own) say.
  /// @throws Failure that names the variable
  static std::unique_ptr<Emulation> from_environment();

  int site() const { return site_; }
  bool reaches(int site) const;  ///< a WAN lies between here and that site
  bool acknowledges() const;     ///< sends are over when acknowledged
  std::uint32_t sockets() const;

  /// What a message has to wait for.
  struct Leave {
    Time queue{};  ///< from now until its last bit is on the wire
    Time delay{};  ///< on the way
  };
  /// Asks for a message to leave now. Nothing while the link is down or it is others' turn on a shared rate: ask again.
  /// @param sender  tells who asks from who asks again
  std::optional<Leave> leave(int to, std::uint64_t size, const void* sender);
  /// A sender that will not ask again.
  void forget(int to, const void* sender);
  /// What an acknowledgement needs on its way.
  Time way_back(int to) const;
  /// What a message from there needs on its way, jitter included; for a carrier that cannot tell it with the message.
  Time way_here(int from);
  /// A message was released this much after it was due.
  void released(Time late);

 private:
  struct Uplink {
    Uplink(wan::SharedWay& shared, std::uint64_t chance);
    wan::SharedWay& way;
    wan::RateUser rate;
    wan::Jitter jitter;
    wan::Loss loss;
    std::uint64_t bytes_per_second = 0, seed;
    const void* asking = nullptr;
  };
  Uplink& uplink(int to);
  std::uint64_t seed_of(std::uint64_t use) const;
  Time stall_of(Uplink& uplink, std::uint64_t packets) const;

  std::optional<wan::MappedSegment> segment_;
  int site_ = -1;
  std::uint64_t place_ = 0;
  std::mutex mutex_;  ///< of what follows
  wan::Jitter arriving_{Time::zero(), 0};
  std::uint64_t arriving_seed_ = 0;
  std::array<std::unique_ptr<Uplink>, wan::kMaxSites> uplinks_;
};

/// IP packets of a message over Ethernet's usual 1500 bytes, and all their bytes: 52 each for IP and TCP with
/// timestamps.
std::uint64_t packets_of(std::uint64_t size);
std::uint64_t wire_bytes_of(std::uint64_t size);

}  // namespace longhaul::net
