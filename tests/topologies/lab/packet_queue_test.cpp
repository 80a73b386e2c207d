#include "topologies/lab/packet_queue.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "queue_message.hpp"

namespace longhaul {
namespace {

using test::QueueMessage;

/// IPv4 and TCP headers with timestamps, as Linux sends them: 52 bytes.
std::vector<std::byte> tcp_head() {
  std::vector<std::byte> head(52);
  head[0] = std::byte{0x45};
  head[9] = std::byte{6};
  head[32] = std::byte{0x80};
  return head;
}

TEST(PacketQueue, ReadsWhatTheKernelTellsOfASuperPacket) {
  const auto head = tcp_head();
  const auto message = QueueMessage(5)
                           .id(7)
                           .queued_at(1'700'000'000, 250'001)
                           .add(NFQA_SKB_INFO, NFQA_SKB_CSUMNOTREADY | NFQA_SKB_GSO)
                           .add(NFQA_CAP_LEN, 64'000)
                           .add(NFQA_PAYLOAD, head)
                           .bytes();
  const auto packet = read_queued(message);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->queue, 5U);
  EXPECT_EQ(packet->id, 7U);
  EXPECT_EQ(packet->size, 64'000U);
  EXPECT_TRUE(packet->super);
  EXPECT_EQ(packet->nanoseconds, 1'700'000'000'250'001'000);
  ASSERT_EQ(packet->head.size(), head.size());
  EXPECT_EQ(std::memcmp(packet->head.data(), head.data(), head.size()), 0);
}

TEST(PacketQueue, TakesAWholeHeadForTheSize) {
  const auto packet = read_queued(QueueMessage().id(1).add(NFQA_PAYLOAD, tcp_head()).bytes());
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->size, 52U);
  EXPECT_FALSE(packet->super);
  EXPECT_EQ(packet->nanoseconds, 0);
}

TEST(PacketQueue, LeavesOtherMessagesAndBrokenOnes) {
  EXPECT_FALSE(read_queued({}));
  EXPECT_FALSE(read_queued(QueueMessage().add(NFQA_PAYLOAD, tcp_head()).bytes()));  // no id to answer with
  EXPECT_FALSE(read_queued(QueueMessage().id(1).bytes(NFQNL_MSG_CONFIG)));
  const auto whole = QueueMessage().id(1).add(NFQA_PAYLOAD, tcp_head()).bytes();
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_queued(std::span(whole).first(size))) << size;
  auto longer = whole;
  const std::uint16_t beyond = 500;
  std::memcpy(&longer[sizeof(nlmsghdr) + sizeof(nfgenmsg)], &beyond, sizeof beyond);
  EXPECT_FALSE(read_queued(longer));
}

TEST(PacketQueue, CountsASuperPacketsSegmentsByTheMtu) {
  const auto head = tcp_head();
  QueuedPacket packet{0, 1, 52 + 3 * 1448, true, 0, head};
  const auto headers = wan::parse_ipv4(head);
  ASSERT_TRUE(headers);
  // 1500 − 52 = 1448 a segment, each with its headers.
  EXPECT_EQ(wire_of(packet, *headers, 1500), (wan::Wire{3, std::uint64_t{3} * 1500}));
  packet.size += 1;
  EXPECT_EQ(wire_of(packet, *headers, 1500), (wan::Wire{4, 3 * 1500 + 53}));
  packet.super = false;
  EXPECT_EQ(wire_of(packet, *headers, 1500), (wan::Wire{1, 52 + 3 * 1448 + 1}));
}

TEST(PacketQueue, OfEachPairIsItsOwn) {
  EXPECT_EQ(queue_rules({"site0", "site1"}),
            "*mangle\n"
            "-A FORWARD -i site0 -o site1 -j NFQUEUE --queue-num 1\n"
            "-A FORWARD -i site1 -o site0 -j NFQUEUE --queue-num 2\n"
            "COMMIT\n");
}

TEST(PacketQueue, JudgesOnePacket) {
  const auto message = verdict_on(9, 0x01020304, kVerdictAccept);
  nlmsghdr header{};
  std::memcpy(&header, message.data(), sizeof header);
  EXPECT_EQ(header.nlmsg_len, message.size());
  EXPECT_EQ(header.nlmsg_type, NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_VERDICT);
  EXPECT_EQ(header.nlmsg_flags, NLM_F_REQUEST);
  nfgenmsg family{};
  std::memcpy(&family, message.data() + sizeof header, sizeof family);
  EXPECT_EQ(ntohs(family.res_id), 9U);
  nfqnl_msg_verdict_hdr judged{};
  std::memcpy(&judged, message.data() + message.size() - sizeof judged, sizeof judged);
  EXPECT_EQ(ntohl(judged.verdict), 1U);
  EXPECT_EQ(ntohl(judged.id), 0x01020304U);
}

}  // namespace
}  // namespace longhaul
