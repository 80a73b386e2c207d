#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "topologies/lab/fd.hpp"

namespace longhaul {

/// The header that the kernel puts before each packet of a TUN device with offloads (struct virtio_net_hdr, which does
/// not compile as C++: a field of it is named 'class'). Host byte order.
struct OffloadHeader {
  std::uint8_t flags;
  std::uint8_t gso_type;  ///< 0: a plain packet
  std::uint16_t header_length;
  std::uint16_t segment_size;  ///< payload bytes of each wire packet
  std::uint16_t checksum_start;
  std::uint16_t checksum_offset;
};
static_assert(sizeof(OffloadHeader) == 10);

/// The most that one read of such a device gives.
inline constexpr std::size_t kLargestTunRead = sizeof(OffloadHeader) + 65536;

/// Makes a TUN device in this process's network namespace that takes and gives packets with checksums left open and
/// segments uncut; it lasts as long as the descriptor, which does not block.
/// @throws EnvironmentError
Fd open_tun(const std::string& name);

}  // namespace longhaul
