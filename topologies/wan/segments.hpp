#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "topologies/wan/packet.hpp"

namespace longhaul::wan {

/// Some of the wire packets that a super-packet stands for, counted from 0.
struct SegmentRun {
  std::uint64_t first = 0, count = 0;
};

/// Writes a (super-)packet of these segments only, as the kernel would have handed it over: headers with their lengths,
/// sequence number, flags and identification, then the payload. The IP checksum is right; the transport's is left open,
/// as that of every super-packet is (its field holds the sum of the pseudo header).
/// @param packet   the super-packet
/// @param headers  what parse_ipv4 says of it; TCP or UDP
/// @param segment  payload bytes of one wire packet; > 0
/// @param run      of the wire_of(…).packets there are, one or more
/// @param out      at least packet.size() bytes
/// @return bytes written
std::size_t write_segments(std::span<const std::byte> packet, const Ipv4Packet& headers, std::size_t segment,
                           SegmentRun run, std::span<std::byte> out);

}  // namespace longhaul::wan
