#pragma once
#include <cstddef>
#include <optional>
#include <span>

#include "topologies/lab/tun.hpp"
#include "topologies/wan/packet.hpp"
#include "topologies/wan/segments.hpp"

namespace longhaul {

/// What one read of a TUN device gave.
struct LabPacket {
  std::span<const std::byte> whole;  ///< offload header and packet
  OffloadHeader offload;
  wan::Ipv4Packet headers;
  wan::Wire wire;
};

/// @return nothing for what is no IPv4 packet, or was cut short
std::optional<LabPacket> read_packet(std::span<const std::byte> whole);

/// Writes a packet of some segments of a super-packet, its offload header before it, ready to be written to a device.
/// @param run  of the packet.wire.packets there are
/// @param out  as long as packet.whole
/// @return bytes written
std::size_t write_run(const LabPacket& packet, wan::SegmentRun run, std::span<std::byte> out);

}  // namespace longhaul
