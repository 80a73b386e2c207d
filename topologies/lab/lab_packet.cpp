#include "topologies/lab/lab_packet.hpp"

#include <cstring>

namespace longhaul {
namespace {

constexpr std::uint8_t kPlain = 0;

/// Payload bytes of one wire packet; 0 for a packet that is one, or that is none of those the kernel segments.
std::size_t segment_of(const OffloadHeader& offload, const wan::Ipv4Packet& headers) {
  return offload.gso_type == kPlain || !headers.has_ports() ? 0 : offload.segment_size;
}

}  // namespace

std::optional<LabPacket> read_packet(std::span<const std::byte> whole) {
  LabPacket packet{whole, {}, {}, {}};
  if (whole.size() <= sizeof packet.offload) return std::nullopt;
  std::memcpy(&packet.offload, whole.data(), sizeof packet.offload);
  const auto bytes = whole.subspan(sizeof packet.offload);
  const auto headers = wan::parse_ipv4(bytes);
  if (!headers) return std::nullopt;
  packet.headers = *headers;
  packet.wire = wan::wire_of(bytes.size(), headers->header_bytes, segment_of(packet.offload, *headers));
  return packet;
}

std::size_t write_run(const LabPacket& packet, wan::SegmentRun run, std::span<std::byte> out) {
  auto offload = packet.offload;
  const auto segment = segment_of(offload, packet.headers);
  if (run.count == 1) {
    offload.gso_type = kPlain;
    offload.segment_size = 0;
  }
  std::memcpy(out.data(), &offload, sizeof offload);
  return sizeof offload + wan::write_segments(packet.whole.subspan(sizeof offload), packet.headers, segment, run,
                                              out.subspan(sizeof offload));
}

}  // namespace longhaul
