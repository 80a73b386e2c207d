#include "topologies/wan/segments.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

using namespace longhaul::wan;

namespace {

constexpr std::size_t kHeaders = 40, kSegment = 1000;

/// A TCP super-packet from 10.1.0.1 to 10.2.0.1 whose payload counts up; FIN, PSH, ACK and CWR set.
std::vector<std::byte> super_packet(std::size_t payload) {
  std::vector<std::byte> packet(kHeaders + payload);
  const auto put = [&](std::size_t at, std::initializer_list<int> bytes) {
    for (const int byte : bytes) packet[at++] = static_cast<std::byte>(byte);
  };
  const auto size = static_cast<int>(packet.size());
  put(0, {0x45, 0, size >> 8, size & 255, 0x12, 0xff, 0x40, 0, 64, 6, 0, 0, 10, 1, 0, 1, 10, 2, 0, 1});
  put(20, {0x1f, 0x90, 0x00, 0x50, 0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 1, 0x50, 0x99, 0xff, 0xff, 0, 0, 0, 0});
  for (std::size_t i = 0; i < payload; ++i) packet[kHeaders + i] = static_cast<std::byte>(i % 251);
  return packet;
}

std::vector<std::byte> cut(const std::vector<std::byte>& packet, SegmentRun run) {
  std::vector<std::byte> out(packet.size());
  out.resize(write_segments(packet, *parse_ipv4(packet), kSegment, run, out));
  return out;
}

unsigned word(const std::vector<std::byte>& bytes, std::size_t at) {
  return std::to_integer<unsigned>(bytes[at]) << 8 | std::to_integer<unsigned>(bytes[at + 1]);
}

unsigned folded(const std::vector<std::byte>& bytes, std::size_t from, std::size_t to, unsigned sum = 0) {
  for (; from < to; from += 2) sum += word(bytes, from);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

}  // namespace

TEST(Segments, AllOfThemAreThePacketItselfButForItsChecksums) {
  auto packet = super_packet(3500);
  auto whole = cut(packet, {0, 4});
  for (const std::size_t at : {10U, 11U, 36U, 37U}) packet[at] = whole[at] = std::byte{0};
  EXPECT_EQ(whole, packet);
}

TEST(Segments, ARunHasItsOwnLengthSequenceAndIdentification) {
  const auto run = cut(super_packet(3500), {1, 2});
  ASSERT_EQ(run.size(), kHeaders + 2000);
  EXPECT_EQ(word(run, 2), run.size());
  EXPECT_EQ(word(run, 4), 0x1300u);
  EXPECT_EQ(word(run, 24), 0x0000u);  // 0xfffffff0 + 1000 wraps to 0x3d8
  EXPECT_EQ(word(run, 26), 0x03d8u);
  EXPECT_EQ(run[kHeaders], static_cast<std::byte>(1000 % 251));
}

TEST(Segments, FlagsOfTheFirstAndTheLastStayWithThem) {
  const auto packet = super_packet(3500);
  EXPECT_EQ(cut(packet, {0, 1})[33], std::byte{0x90});  // CWR, ACK
  EXPECT_EQ(cut(packet, {1, 2})[33], std::byte{0x10});  // ACK
  EXPECT_EQ(cut(packet, {3, 1})[33], std::byte{0x19});  // FIN, PSH, ACK
}

TEST(Segments, TheIpChecksumIsRightAndTheTransportsIsThePseudoHeaders) {
  const auto run = cut(super_packet(3500), {3, 1});
  EXPECT_EQ(folded(run, 0, 20), 0xffffu);
  EXPECT_EQ(word(run, 36), folded(run, 12, 20, 6 + 20 + 500));
}

TEST(Segments, UdpSaysItsOwnLength) {
  auto packet = super_packet(3000);
  packet[9] = std::byte{17};  // the port and length fields lie where TCP's ports and sequence were
  std::vector<std::byte> out(packet.size());
  const auto headers = *parse_ipv4(packet);
  ASSERT_EQ(headers.header_bytes, 28u);
  const auto size = write_segments(packet, headers, kSegment, {2, 1}, out);
  EXPECT_EQ(size, 28u + 1000);
  EXPECT_EQ(word(out, 24), 1008u);
  EXPECT_EQ(word(out, 26), folded(out, 12, 20, 17 + 1008));
}

TEST(Segments, RunsTogetherCarryEveryByteOnceWhateverTheSizes) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 200; ++round) {
    const std::size_t payload = 1 + random() % 60'000, segment = 1 + random() % 9000;
    const auto packet = super_packet(payload);
    const auto headers = *parse_ipv4(packet);
    const auto packets = wire_of(packet.size(), headers.header_bytes, segment).packets;
    std::vector<std::byte> carried, out(packet.size());
    for (std::uint64_t first = 0; first < packets;) {
      const auto count = std::min<std::uint64_t>(packets - first, 1 + random() % 5);
      const auto size = write_segments(packet, headers, segment, {first, count}, out);
      carried.insert(carried.end(), out.begin() + kHeaders, out.begin() + static_cast<std::ptrdiff_t>(size));
      first += count;
    }
    ASSERT_TRUE(std::equal(carried.begin(), carried.end(), packet.begin() + kHeaders, packet.end()));
  }
}
