#include "topologies/wan/segments.hpp"

#include <algorithm>
#include <cstring>

namespace longhaul::wan {
namespace {

constexpr std::uint8_t kTcpProtocol = 6;
constexpr std::size_t kTcpChecksum = 16, kUdpChecksum = 6;
constexpr std::byte kFin{0x01}, kPush{0x08}, kReducedWindow{0x80};

unsigned sum_word_at(std::span<const std::byte> bytes, std::size_t at) {
  return std::to_integer<unsigned>(bytes[at]) << 8 | std::to_integer<unsigned>(bytes[at + 1]);
}

void put_word(std::span<std::byte> bytes, std::size_t at, std::uint64_t value) {
  bytes[at] = static_cast<std::byte>(value >> 8);
  bytes[at + 1] = static_cast<std::byte>(value);
}

/// One's complement sum of 16-bit words (RFC 1071), folded, not inverted.
std::uint16_t sum_of(std::span<const std::byte> bytes, std::uint32_t sum = 0) {
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) sum += sum_word_at(bytes, at);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

void write_ip(std::span<std::byte> header, std::size_t length, std::uint64_t first) {
  put_word(header, 2, length);
  put_word(header, 4, sum_word_at(header, 4) + first);
  put_word(header, 10, 0);
  put_word(header, 10, static_cast<std::uint16_t>(~sum_of(header)));
}

void write_tcp(std::span<std::byte> header, std::uint64_t offset, bool is_first, bool is_last) {
  const auto sequence = (std::uint64_t{sum_word_at(header, 4)} << 16 | sum_word_at(header, 6)) + offset;
  put_word(header, 4, sequence >> 16);
  put_word(header, 6, sequence);
  if (!is_last) header[13] &= ~(kFin | kPush);
  if (!is_first) header[13] &= ~kReducedWindow;
}

}  // namespace

std::size_t write_segments(std::span<const std::byte> packet, const Ipv4Packet& headers, std::size_t segment,
                           SegmentRun run, std::span<std::byte> out) {
  const auto payload = packet.subspan(headers.header_bytes);
  const std::size_t begin = std::min<std::size_t>(payload.size(), run.first * segment);
  const auto part = payload.subspan(begin, std::min(payload.size() - begin, run.count * segment));
  const std::size_t size = headers.header_bytes + part.size();
  std::memcpy(out.data(), packet.data(), headers.header_bytes);
  std::memcpy(out.data() + headers.header_bytes, part.data(), part.size());

  const std::size_t ip_bytes = headers.ip_bytes;
  write_ip(out.first(ip_bytes), size, run.first);
  const auto transport = out.subspan(ip_bytes, headers.header_bytes - ip_bytes);
  const bool tcp = headers.protocol == kTcpProtocol;
  if (tcp)
    write_tcp(transport, begin, run.first == 0, begin + part.size() == payload.size());
  else
    put_word(transport, 4, size - ip_bytes);
  const auto pseudo = static_cast<std::uint32_t>(headers.protocol + (size - ip_bytes));
  put_word(transport, tcp ? kTcpChecksum : kUdpChecksum, sum_of(out.subspan(12, 8), pseudo));
  return size;
}

}  // namespace longhaul::wan
