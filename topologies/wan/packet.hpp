#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace longhaul::wan {

/// What a packet says about where it goes, and how many of its bytes are headers.
struct Ipv4Packet {
  std::uint32_t source = 0, destination = 0;            ///< host byte order
  std::uint8_t protocol = 0;                            ///< 6 TCP, 17 UDP, …
  std::uint16_t source_port = 0, destination_port = 0;  ///< 0 for later fragments and protocols without ports
  std::size_t ip_bytes = 0;                             ///< IP header
  std::size_t header_bytes = 0;                         ///< IP and transport header together, where that is whole
  bool has_ports() const { return header_bytes > ip_bytes; }
};

/// Reads the headers of an IPv4 packet; nothing for anything else, or for a packet cut short. Never reads past `bytes`.
std::optional<Ipv4Packet> parse_ipv4(std::span<const std::byte> bytes);

/// What a wire carries for one packet handed over by the kernel.
struct Wire {
  std::uint32_t packets = 1;
  std::uint64_t bytes = 0;  ///< each segment's headers counted
  bool operator==(const Wire&) const = default;
};

/// A super-packet of generic segmentation offload stands for ceil(payload / segment) packets, each with the headers.
/// @param size          bytes of the packet as handed over, headers once
/// @param header_bytes  IP and transport header
/// @param segment       payload bytes of one wire packet; 0: not a super-packet
Wire wire_of(std::size_t size, std::size_t header_bytes, std::size_t segment);

/// One number a flow: the same for all packets of a connection in one direction; every bit is spread evenly over flows.
std::uint64_t flow_hash(const Ipv4Packet& packet);

}  // namespace longhaul::wan
