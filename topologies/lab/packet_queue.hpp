#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "topologies/lab/fd.hpp"
#include "topologies/wan/packet.hpp"

namespace longhaul {

/// The kernel's netfilter queue (linux/netfilter/nfnetlink_queue.h): packets that a rule sends there wait in the kernel
/// until the one who reads the queue has said what becomes of each.

/// Opens queues 0 to count − 1 of this process's network namespace, all behind one socket: headers only, super-packets
/// uncut. Packets are dropped while nobody has a queue open. Does not block.
/// @throws EnvironmentError where the kernel has none, or refuses
Fd open_packet_queues(std::size_t count);

/// The program that reads queue_rules() from stdin, and those: what is routed from ports[a] to ports[b] goes to queue
/// a · ports + b. A queue for each pair, since the kernel looks for a packet from the queue's oldest on: those of a
/// pair leave in order, or nearly.
inline std::vector<std::string> rule_loader() { return {"iptables-restore", "--wait=5"}; }
std::string queue_rules(const std::vector<std::string>& ports);

struct QueuedPacket {
  std::uint16_t queue = 0;
  std::uint32_t id = 0;          ///< counts a queue's packets, also those that found no room in the socket
  std::size_t size = 0;          ///< IP bytes, of which the queue gives the first
  bool super = false;            ///< stands for several wire packets
  std::int64_t nanoseconds = 0;  ///< when it was queued, CLOCK_REALTIME to the microsecond; 0: not told
  std::span<const std::byte> head;
};

/// Reads one message of the queue. @return nothing for any other message, or one cut short
std::optional<QueuedPacket> read_queued(std::span<const std::byte> message);

/// What a wire carries for it. The kernel does not say where it will cut a super-packet: TCP fills its MTU.
wan::Wire wire_of(const QueuedPacket& packet, const wan::Ipv4Packet& headers, std::size_t mtu);

inline constexpr std::uint32_t kVerdictDrop = 0, kVerdictAccept = 1;
/// The message that lets a packet go on, or ends it.
std::array<std::byte, 32> verdict_on(std::uint16_t queue, std::uint32_t id, std::uint32_t verdict);

/// The message that has super-packets cut before they are queued, or not.
std::vector<std::byte> cutting(std::uint16_t queue, bool cut);

}  // namespace longhaul
