#include "topologies/wan/packet.hpp"

#include <algorithm>

#include "topologies/wan/random.hpp"

namespace longhaul::wan {
namespace {

constexpr std::size_t kMinIpHeader = 20;
constexpr std::size_t kMinTcpHeader = 20;
constexpr std::size_t kUdpHeader = 8;
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr unsigned kFragmentOffset = 0x1fff;

unsigned byte_at(std::span<const std::byte> bytes, std::size_t at) { return std::to_integer<unsigned>(bytes[at]); }

std::uint16_t word_at(std::span<const std::byte> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

std::uint32_t double_word_at(std::span<const std::byte> bytes, std::size_t at) {
  return static_cast<std::uint32_t>(word_at(bytes, at)) << 16 | word_at(bytes, at + 2);
}

/// Length of the TCP or UDP header at the front of `bytes`; 0 where there is none or it is cut short.
std::size_t transport_header(std::uint8_t protocol, std::span<const std::byte> bytes) {
  if (protocol == kUdp) return bytes.size() >= kUdpHeader ? kUdpHeader : 0;
  if (protocol != kTcp || bytes.size() < kMinTcpHeader) return 0;
  const std::size_t length = std::size_t{4} * (byte_at(bytes, 12) >> 4);
  return length >= kMinTcpHeader && length <= bytes.size() ? length : 0;
}

}  // namespace

std::optional<Ipv4Packet> parse_ipv4(std::span<const std::byte> bytes) {
  if (bytes.size() < kMinIpHeader || byte_at(bytes, 0) >> 4 != 4) return std::nullopt;
  const std::size_t ip_header = std::size_t{4} * (byte_at(bytes, 0) & 0xf);
  if (ip_header < kMinIpHeader || ip_header > bytes.size()) return std::nullopt;
  Ipv4Packet packet;
  packet.protocol = static_cast<std::uint8_t>(byte_at(bytes, 9));
  packet.source = double_word_at(bytes, 12);
  packet.destination = double_word_at(bytes, 16);
  packet.ip_bytes = packet.header_bytes = ip_header;
  if ((word_at(bytes, 6) & kFragmentOffset) != 0) return packet;
  const auto transport = bytes.subspan(ip_header);
  const auto length = transport_header(packet.protocol, transport);
  if (length == 0) return packet;
  packet.header_bytes += length;
  packet.source_port = word_at(transport, 0);
  packet.destination_port = word_at(transport, 2);
  return packet;
}

Wire wire_of(std::size_t size, std::size_t header_bytes, std::size_t segment) {
  if (segment == 0 || size <= header_bytes + segment) return {1, size};
  const std::size_t payload = size - header_bytes;
  const std::size_t packets = (payload + segment - 1) / segment;
  return {static_cast<std::uint32_t>(packets), payload + packets * header_bytes};
}

std::uint64_t flow_hash(const Ipv4Packet& packet) {
  const auto addresses = static_cast<std::uint64_t>(packet.source) << 32 | packet.destination;
  const auto ports = static_cast<std::uint64_t>(packet.source_port) << 32 |
                     static_cast<std::uint64_t>(packet.destination_port) << 8 | packet.protocol;
  return mixed(mixed(addresses) ^ ports);
}

}  // namespace longhaul::wan
