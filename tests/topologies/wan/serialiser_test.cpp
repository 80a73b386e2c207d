#include "topologies/wan/serialiser.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

using longhaul::wan::Duration;
using longhaul::wan::Serialiser;
using longhaul::wan::Time;
using namespace std::chrono_literals;

TEST(Serialiser, PutsAPacketOnTheWireForItsSizeOverTheRate) {
  Serialiser port({125e6}, 0);  // 1 Gbit/s
  EXPECT_EQ(port.send(5us, 1500), 5us + 12us);
  EXPECT_EQ(port.send(5us, 1500), 5us + 24us);  // behind the first
  EXPECT_EQ(port.send(1ms, 125), 1ms + 1us);    // idle again
}

TEST(Serialiser, TakesNoTimeWithoutARate) {
  Serialiser port({0}, 1);
  EXPECT_EQ(port.send(3us, 65536), 3us);
  EXPECT_EQ(port.backlog(3us), 0u);
}

TEST(Serialiser, KnowsWhatHasNotLeftYet) {
  Serialiser port({125e6}, 0);
  port.send(0us, 1500);
  port.send(0us, 1500);
  EXPECT_EQ(port.backlog(0us), 3000u);
  EXPECT_EQ(port.backlog(12us), 1500u);
  EXPECT_EQ(port.backlog(24us), 0u);
}

TEST(Serialiser, LosesWhatFindsTheQueueFull) {
  Serialiser port({125e6}, 3000);
  EXPECT_TRUE(port.send(0us, 1500));
  EXPECT_TRUE(port.send(0us, 1500));
  EXPECT_FALSE(port.send(0us, 1));
  EXPECT_FALSE(port.send(11us, 1500));
  EXPECT_TRUE(port.send(12us, 1500));  // the first has left
}

TEST(Serialiser, AnIdlePortTakesAPacketLargerThanItsQueue) {
  Serialiser port({125e6}, 1000);
  EXPECT_EQ(port.send(0us, 1500), 12us);
  EXPECT_FALSE(port.send(1us, 10));
}

TEST(Serialiser, SendsWhatIsQueuedAtTheNewRate) {
  Serialiser port({125e6}, 0);
  EXPECT_EQ(port.send(0us, 1500), 12us);
  port.set(2us, {12.5e6}, 0);  // 1250 B are left: 100 µs
  EXPECT_EQ(port.backlog(2us), 1250u);
  EXPECT_EQ(port.send(2us, 1500), 2us + 100us + 120us);
  port.set(112us, {0}, 0);
  EXPECT_EQ(port.backlog(112us), 0u);
  EXPECT_EQ(port.send(112us, 1500), 112us);
}

TEST(Serialiser, HasRoomAtOnceWhenABrownoutEndsWithAFullQueue) {
  Serialiser port({12.5e6}, 3000);
  EXPECT_TRUE(port.send(0us, 1500));
  EXPECT_TRUE(port.send(0us, 1500));
  EXPECT_FALSE(port.send(10us, 1500));
  port.set(120us, {125e6}, 3000);  // the second 1500 B, which needed 120 µs more, need 12
  EXPECT_EQ(port.send(120us, 1500), 120us + 24us);
}

TEST(Serialiser, DoesNotDriftByRounding) {
  Serialiser port({300e6}, 0);  // 1000 B take 3333.33… ns
  Time finish{};
  for (int i = 0; i < 3'000'000; ++i) finish = *port.send(0us, 1000);
  EXPECT_NEAR(std::chrono::duration<double>(finish).count(), 10.0, 1e-6);
}

TEST(Serialiser, NeverExceedsTheRateOverAnyWindowByMoreThanOnePacket) {
  std::mt19937_64 random(2);
  std::uniform_int_distribution<int> gap(0, 40'000), size(40, 65'536);
  constexpr double kRate = 1e9;
  Serialiser port({kRate}, 1 << 20);
  struct Sent {
    Time finish;
    std::uint64_t bytes;
  };
  std::vector<Sent> sent;
  Time now{};
  for (int i = 0; i < 3000; ++i) {
    now += Duration(gap(random));
    const auto bytes = static_cast<std::uint64_t>(size(random));
    if (const auto finish = port.send(now, bytes)) {
      EXPECT_GE(*finish, now + Duration(bytes));  // 1 byte a nanosecond, never faster
      sent.push_back({*finish, bytes});
    }
  }
  ASSERT_GT(sent.size(), 1000u);
  ASSERT_LT(sent.size(), 3000u);  // the queue did overflow
  for (std::size_t first = 0; first < sent.size(); first += 7) {
    std::uint64_t total = 0;
    for (std::size_t last = first; last < std::min(first + 200, sent.size()); ++last) {
      total += sent[last].bytes;
      const auto window = std::chrono::duration<double>(sent[last].finish - sent[first].finish).count();
      ASSERT_LE(static_cast<double>(total),
                window * kRate + static_cast<double>(sent[first].bytes) + 2);  // whole ns at both ends
    }
  }
}
