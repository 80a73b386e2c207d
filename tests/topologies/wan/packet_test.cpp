#include "topologies/wan/packet.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

using namespace longhaul::wan;

namespace {

std::vector<std::byte> tcp_packet(unsigned source_port, std::size_t payload) {
  std::vector<unsigned> bytes = {0x45,
                                 0,
                                 0,
                                 0,
                                 0,
                                 0,
                                 0x40,
                                 0,
                                 64,
                                 6,
                                 0,
                                 0,
                                 10,
                                 1,
                                 0,
                                 1,
                                 10,
                                 2,
                                 0,
                                 7,  // IP
                                 source_port >> 8u,
                                 source_port & 0xffu,
                                 0x14,
                                 0x51,
                                 0,
                                 0,
                                 0,
                                 0,
                                 0,
                                 0,
                                 0,
                                 0,
                                 0x80,
                                 0x10,
                                 0,
                                 0,
                                 0,
                                 0,
                                 0,
                                 0,  // TCP
                                 1,
                                 1,
                                 8,
                                 10,
                                 0,
                                 0,
                                 0,
                                 0,
                                 0,
                                 0,
                                 0,
                                 0};  // 12 bytes of options
  bytes.resize(bytes.size() + payload);
  std::vector<std::byte> packet;
  for (const auto value : bytes) packet.push_back(static_cast<std::byte>(value));
  return packet;
}

}  // namespace

TEST(Packet, ReadsAddressesPortsAndHeaderLengths) {
  const auto packet = parse_ipv4(tcp_packet(40'000, 100));
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->source, 0x0a010001u);
  EXPECT_EQ(packet->destination, 0x0a020007u);
  EXPECT_EQ(packet->protocol, 6);
  EXPECT_EQ(packet->source_port, 40'000);
  EXPECT_EQ(packet->destination_port, 5201);
  EXPECT_EQ(packet->header_bytes, 20u + 32u);
}

TEST(Packet, LaterFragmentsHaveNoPorts) {
  auto bytes = tcp_packet(40'000, 100);
  bytes[7] = std::byte{3};
  const auto packet = parse_ipv4(bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->source_port, 0);
  EXPECT_EQ(packet->header_bytes, 20u);
}

TEST(Packet, RefusesWhatIsNotIpv4) {
  auto bytes = tcp_packet(1, 0);
  bytes[0] = std::byte{0x60};
  EXPECT_FALSE(parse_ipv4(bytes));
  EXPECT_FALSE(parse_ipv4({}));
}

TEST(Packet, EveryTruncationIsReadSafely) {
  const auto whole = tcp_packet(40'000, 0);
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    const auto packet = parse_ipv4(cut);  // ASan sees any read past the end
    EXPECT_EQ(packet.has_value(), length >= 20) << length;
    if (packet) {
      EXPECT_LE(packet->header_bytes, length);
    }
  }
}

TEST(Packet, RandomBytesNeverYieldHeadersLongerThanThePacket) {
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::byte> bytes(random() % 80);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random());
    if (!bytes.empty()) bytes[0] = static_cast<std::byte>(0x40 | (random() % 16));
    if (const auto packet = parse_ipv4(bytes)) {
      EXPECT_LE(packet->header_bytes, bytes.size());
    }
  }
}

TEST(Wire, APlainPacketIsOnePacket) { EXPECT_EQ(wire_of(1500, 52, 0), (Wire{1, 1500})); }

TEST(Wire, ASuperPacketCarriesItsHeadersOnEachSegment) {
  // 64 KiB less headers in segments of 1448 B: 45 full ones and one of 324 B, 52 B of headers each.
  EXPECT_EQ(wire_of(52 + 65484, 52, 1448), (Wire{46, 65484 + 46 * 52}));
}

TEST(Wire, AMarkedPacketThatFitsIsOnePacket) { EXPECT_EQ(wire_of(1500, 52, 1448), (Wire{1, 1500})); }

TEST(Wire, CarriesAsManyBytesAsItsSegmentsTogether) {
  for (std::size_t payload = 1; payload < 5000; payload += 13) {
    for (const std::size_t segment : {500u, 1448u}) {
      std::size_t packets = 0, bytes = 0;
      for (std::size_t left = payload; left > 0; left -= std::min(left, segment)) {
        ++packets;
        bytes += std::min(left, segment) + 52;
      }
      EXPECT_EQ(wire_of(payload + 52, 52, segment), (Wire{static_cast<std::uint32_t>(packets), bytes}));
    }
  }
}

TEST(FlowHash, IsTheSameForAllPacketsOfAFlow) {
  EXPECT_EQ(flow_hash(*parse_ipv4(tcp_packet(40'000, 10))), flow_hash(*parse_ipv4(tcp_packet(40'000, 1000))));
}

TEST(FlowHash, SpreadsFlowsEvenlyOverMembers) {
  std::map<std::uint64_t, int> flows_of;
  constexpr int kFlows = 8000;
  for (int port = 0; port < kFlows; ++port)
    ++flows_of[flow_hash(*parse_ipv4(tcp_packet(static_cast<unsigned>(30'000 + port), 0))) % 8];
  ASSERT_EQ(flows_of.size(), 8u);
  for (const auto& [member, flows] : flows_of)
    EXPECT_NEAR(flows, kFlows / 8.0, 120) << member;  // 4 standard deviations
}
