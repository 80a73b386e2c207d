#include "topologies/lab/queue_gateway.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <ctime>
#include <span>

#include "queue_message.hpp"
#include "topologies/lab/now.hpp"
#include "topologies/lab/packet_queue.hpp"

namespace longhaul {
namespace {

using std::chrono::milliseconds;
using test::QueueMessage;

/// A gateway of three sites whose kernel is this test: one message a datagram, both ways.
class QueueGatewayTest : public testing::Test {
 protected:
  QueueGatewayTest() : gateway_(Fd(pair(0)), 3) {}
  ~QueueGatewayTest() override { ::close(kernel_); }

  void queue(const std::vector<std::byte>& message) {
    ASSERT_GT(::send(kernel_, message.data(), message.size(), 0), 0);
  }

  static QueueMessage packet(std::uint16_t queue, std::uint32_t id, std::uint32_t size) {
    std::vector<std::byte> head(40);
    head[0] = std::byte{0x45};
    head[9] = std::byte{6};
    head[32] = std::byte{0x50};
    return QueueMessage(queue).id(id).add(NFQA_CAP_LEN, size).add(NFQA_PAYLOAD, head);
  }

  /// The last verdict said of a packet, and its queue and id.
  struct Judged {
    std::uint32_t verdict = 99, queue = 0, id = 0;
  };
  Judged judged() const {
    std::array<std::byte, 64> message{};
    if (::recv(kernel_, message.data(), message.size(), MSG_DONTWAIT) != 32) return {};
    nfgenmsg family{};
    nfqnl_msg_verdict_hdr said{};
    std::memcpy(&family, &message[sizeof(nlmsghdr)], sizeof family);
    std::memcpy(&said, &message[32 - sizeof said], sizeof said);
    return {ntohl(said.verdict), ntohs(family.res_id), ntohl(said.id)};
  }

 private:
  int pair(int side) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
    kernel_ = ends[1];
    return ends[side];
  }
  int kernel_ = -1;

 protected:
  QueueGateway gateway_;  // after what its making sets
};

TEST_F(QueueGatewayTest, GivesEachPacketItsPairAndJudgesItByItsQueue) {
  queue(packet(5, 1, 64'000).bytes());  // 5 = 1 · 3 + 2
  const auto packet = gateway_.receive(0);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->from, 1U);
  EXPECT_EQ(packet->to, 2U);
  EXPECT_EQ(packet->missed, 0U);
  EXPECT_EQ(gateway_.bytes_held(), 64'000U);
  EXPECT_FALSE(gateway_.receive(0));
  gateway_.deliver(packet->parcel.handle, packet->to);
  const auto said = judged();
  EXPECT_EQ(said.verdict, kVerdictAccept);
  EXPECT_EQ(said.queue, 5U);
  EXPECT_EQ(said.id, 1U);
  EXPECT_EQ(gateway_.bytes_held(), 0U);
}

TEST_F(QueueGatewayTest, DropsWhatIsNoIpv4PacketAndLeavesOtherMessages) {
  queue(QueueMessage(1).id(1).add(NFQA_PAYLOAD, std::vector<std::byte>(40)).bytes());
  queue(packet(1, 2, 40).bytes(NFQNL_MSG_CONFIG));
  queue(packet(9, 1, 40).bytes());  // of no pair
  queue(packet(1, 2, 40).bytes());
  const auto packet = gateway_.receive(0);
  ASSERT_TRUE(packet);
  EXPECT_EQ(judged().verdict, kVerdictDrop);
  EXPECT_EQ(judged().verdict, 99U);  // none but that
  gateway_.drop(packet->parcel.handle);
  EXPECT_EQ(judged().id, 2U);
  EXPECT_EQ(gateway_.bytes_held(), 0U);
}

TEST_F(QueueGatewayTest, CountsWhatFoundNoRoomByTheGapsOfAQueuesIds) {
  queue(packet(1, 1, 40).bytes());
  queue(packet(3, 2, 40).bytes());
  queue(packet(1, 5, 40).bytes());
  EXPECT_EQ(gateway_.receive(0)->missed, 0U);
  EXPECT_EQ(gateway_.receive(0)->missed, 1U);
  EXPECT_EQ(gateway_.receive(0)->missed, 3U);
}

TEST_F(QueueGatewayTest, TakesTheKernelsStampForTheArrivalWhereItCanBe) {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  const auto seconds = static_cast<std::uint64_t>(time.tv_sec);
  const auto microseconds = static_cast<std::uint64_t>(time.tv_nsec / 1000);
  const auto stamped = now();
  ::usleep(2000);
  queue(packet(1, 1, 40).queued_at(seconds, microseconds).bytes());
  queue(packet(1, 2, 40).queued_at(seconds - 10, microseconds).bytes());  // the clock was set meanwhile
  queue(packet(1, 3, 40).queued_at(seconds, microseconds).bytes());       // before the one before: not earlier, then
  const auto first = gateway_.receive(0), second = gateway_.receive(0), third = gateway_.receive(0);
  ASSERT_TRUE(first && second && third);
  const bool in_time = now() - stamped < milliseconds(5);  // else the stamp is too old to be believed
  EXPECT_TRUE(!in_time || first->arrived < stamped + milliseconds(1));
  EXPECT_GE(second->arrived, stamped + milliseconds(2));
  EXPECT_GE(third->arrived, second->arrived);
}

}  // namespace
}  // namespace longhaul
