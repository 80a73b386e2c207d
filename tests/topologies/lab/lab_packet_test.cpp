#include "topologies/lab/lab_packet.hpp"

#include <gmock/gmock.h>

#include <cstring>
#include <vector>

namespace longhaul {
namespace {

constexpr std::size_t kPayload = 4000;

/// What the kernel hands over for three TCP segments of 1448 bytes.
std::vector<std::byte> super_packet() {
  const OffloadHeader offload{1, 1, 40, 1448, 20, 16};
  std::vector<std::byte> whole(sizeof offload + 40 + kPayload);
  std::memcpy(whole.data(), &offload, sizeof offload);
  std::byte* const ip = whole.data() + sizeof offload;
  ip[0] = std::byte{0x45};
  ip[9] = std::byte{6};
  ip[32] = std::byte{0x50};
  return whole;
}

TEST(LabPacket, CountsTheSegmentsOfASuperPacket) {
  const auto whole = super_packet();
  const auto packet = read_packet(whole);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->wire.packets, 3U);
}

/// Nobody's kernel makes one; a process with a raw socket may.
TEST(LabPacket, TakesASuperPacketWithoutAWholeTransportHeaderForOnePacket) {
  for (const std::size_t damaged : {32, 6}) {  // the TCP header's length; the fragment's offset
    auto whole = super_packet();
    whole[sizeof(OffloadHeader) + damaged] = std::byte{0x10};
    const auto packet = read_packet(whole);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->wire.packets, 1U);
    EXPECT_EQ(packet->wire.bytes, whole.size() - sizeof(OffloadHeader));
  }
}

}  // namespace
}  // namespace longhaul
