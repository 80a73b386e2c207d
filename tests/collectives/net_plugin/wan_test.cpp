#include <numeric>

#include "pair.hpp"

namespace longhaul::net {
namespace {

using namespace std::chrono_literals;
using test::Pair;
using test::pattern;
using test::set_delay;
using test::TwoSites;
using test::until;

double ms(Time time) { return std::chrono::duration<double, std::milli>(time).count(); }

/// Time from a send to the end of its receive.
Time one_way(const Pair& pair, std::size_t size) {
  const auto sent = pattern(size);
  std::vector<std::byte> got(size);
  void* receive = pair.receive(got.data(), size);
  const Time begin = now();
  void* send = pair.send(sent.data(), size);
  until([&] {
    if (send != nullptr && pair.over(send)) send = nullptr;
    if (receive != nullptr && pair.over(receive)) receive = nullptr;
    return receive == nullptr;
  });
  const Time end = now();
  if (send != nullptr) pair.wait(send);
  EXPECT_EQ(got, sent);
  return end - begin;
}

TEST(PluginWan, DelaysWhatGoesToTheOtherSiteByTheWaysDelay) {
  TwoSites sites([](auto& control) { set_delay(control, 20ms); });
  Pair pair(*sites.here, *sites.there);
  for (const std::size_t size : {8UL, 100'000UL}) {
    const auto time = one_way(pair, size);
    EXPECT_GE(time, 20ms);
    EXPECT_LT(time, 300ms) << ms(time);
  }
}

TEST(PluginWan, LeavesConnectionsWithinASiteAlone) {
  TwoSites sites([](auto& control) { set_delay(control, 200ms); });
  Pair pair(*sites.here, *sites.here);
  EXPECT_LT(one_way(pair, 8), 100ms);
}

TEST(PluginWan, ChangesWhileConnectionsStand) {
  TwoSites sites([](auto& control) { set_delay(control, 60ms); });
  Pair pair(*sites.here, *sites.there);
  EXPECT_GE(one_way(pair, 8), 60ms);
  set_delay(*sites.control, 5ms);
  EXPECT_LT(one_way(pair, 8), 50ms);
}

TEST(PluginWan, ASocketsSendIsOverWhenBufferedAndARdmaSendAfterARoundTrip) {
  TwoSites sites([](auto& control) { set_delay(control, 25ms); });
  std::array<char, 8> got{};
  {
    Pair pair(*sites.here, *sites.there);
    void* const receive = pair.receive(got.data(), 8);
    const Time begin = now();
    pair.wait(pair.send("12345678", 8));
    EXPECT_LT(now() - begin, 20ms);
    pair.wait(receive);
  }
  sites.control->completion = static_cast<std::uint32_t>(wan::Completion::rdma);
  Pair pair(*sites.here, *sites.there);
  void* const receive = pair.receive(got.data(), 8);
  const Time begin = now();
  void* const send = pair.send("12345678", 8);
  pair.wait(receive);
  EXPECT_GE(now() - begin, 25ms);
  pair.wait(send);
  EXPECT_GE(now() - begin, 50ms);
  EXPECT_LT(now() - begin, 200ms);
}

/// 4 MB at 20 MB/s take 200 ms, and some 4 % more for headers.
TEST(PluginWan, KeepsToTheRate) {
  TwoSites sites([](auto& control) { control.way(0, 1).rate.bytes_per_second = 20'000'000; });
  Pair pair(*sites.here, *sites.there);
  const std::size_t size = 500'000;
  const auto sent = pattern(size);
  std::vector<std::vector<std::byte>> got(8, std::vector<std::byte>(size));
  std::vector<void*> requests;
  const Time begin = now();
  for (auto& buffer : got) requests.push_back(pair.receive(buffer.data(), size));
  for (int i = 0; i < 8; ++i) requests.push_back(pair.send(sent.data(), size));
  until([&] {
    for (auto*& request : requests)
      if (request != nullptr && pair.over(request)) request = nullptr;
    return std::count(requests.begin(), requests.end(), nullptr) == std::ssize(requests);
  });
  const auto time = now() - begin;
  EXPECT_GE(time, 200ms);
  EXPECT_LT(time, 400ms) << ms(time);  // on a busy machine
  for (const auto& buffer : got) EXPECT_EQ(buffer, sent);
  EXPECT_EQ(sites.control->way(0, 1).messages, 8U);
  EXPECT_GE(sites.control->way(0, 1).bytes, 4'000'000U);
}

/// What is under way on a long line is more than TCP's buffers hold.
TEST(PluginWan, HoldsAWholeFlightWhileNobodyAsks) {
  TwoSites sites([](auto& control) { set_delay(control, 100ms); });
  Pair pair(*sites.here, *sites.there);
  const auto sent = pattern(1 << 20);
  const Time begin = now();
  for (int i = 0; i < 32; ++i) pair.wait(pair.send(sent.data(), sent.size()));
  std::vector<std::byte> got(sent.size());
  for (int i = 0; i < 32; ++i) {
    std::fill(got.begin(), got.end(), std::byte{0});
    pair.wait(pair.receive(got.data(), got.size()));
    ASSERT_EQ(got, sent);
  }
  EXPECT_GE(now() - begin, 100ms);
  EXPECT_LT(now() - begin, 1500ms);  // one delay for all of them, not one each
}

TEST(PluginWan, StripesOverSeveralSockets) {
  TwoSites sites([](auto& control) {
    set_delay(control, 3ms);
    control.sockets = 4;
  });
  Pair pair(*sites.here, *sites.there);
  for (const std::size_t size : {0UL, 8UL, 65'536UL, 5'000'003UL}) one_way(pair, size);
}

TEST(PluginWan, HoldsWhatMeetsAnOutageUntilItIsOver) {
  TwoSites sites([](auto& control) { set_delay(control, 10ms); });
  Pair pair(*sites.here, *sites.there);
  auto& outage = sites.control->way(0, 1).outages[0];
  outage.begin = (now() - 1ms).count();
  outage.end = (now() + 80ms).count();
  const auto time = one_way(pair, 8);
  EXPECT_GE(time, 80ms + 10ms);  // and about a round trip until it is sent again
  EXPECT_LT(time, 300ms) << ms(time);
  EXPECT_EQ(sites.control->way(0, 1).stalls, 1U);
  EXPECT_LT(one_way(pair, 8), 80ms);
}

TEST(PluginWan, StallsForALossAndLosesNothing) {
  TwoSites sites([](auto& control) {
    set_delay(control, 10ms);
    control.way(0, 1).loss = 1;
  });
  Pair pair(*sites.here, *sites.there);
  EXPECT_GE(one_way(pair, 100'000), 30ms);  // seen by what follows: a round trip
  EXPECT_GE(one_way(pair, 8), 210ms);       // nothing follows: TCP's least timeout
}

/// Which of 100 messages of 139 packets lose one at 0.5 %, in a session of its own.
std::vector<bool> lost_of(std::uint64_t seed, const char* rank) {
  const test::Variable place("LONGHAUL_NET_RANK", rank);
  TwoSites sites([&](auto& control) {
    control.way(0, 1).loss = 0.005;
    control.seed = seed;
  });
  Pair pair(*sites.here, *sites.there);
  std::vector<bool> lost;
  for (int i = 0; i < 100; ++i) {
    const auto before = sites.control->way(0, 1).stalls.load();
    one_way(pair, 200'000);  // no delay, so that a lost packet's round trip takes no time
    lost.push_back(sites.control->way(0, 1).stalls > before);
  }
  return lost;
}

TEST(PluginWan, MeetsTheSameLossesAgainFromTheSameSeedAtTheSamePlace) {
  const auto first = lost_of(7, "3");
  EXPECT_EQ(lost_of(7, "3"), first);
  EXPECT_NE(lost_of(8, "3"), first);
  EXPECT_NE(lost_of(7, "4"), first);
}

TEST(PluginWan, ChanceStartsAnewFromANewSeedWhileConnectionsStand) {
  const test::Variable place("LONGHAUL_NET_RANK", "0");
  TwoSites sites([](auto& control) { control.way(0, 1).loss = 0.005; });
  Pair pair(*sites.here, *sites.there);
  const auto losses = [&](std::uint64_t seed) {
    sites.control->seed = seed;
    std::vector<std::uint64_t> after;
    const auto before = sites.control->way(0, 1).stalls.load();
    for (int i = 0; i < 60; ++i) {
      one_way(pair, 200'000);
      after.push_back(sites.control->way(0, 1).stalls - before);
    }
    return after;
  };
  const auto first = losses(1);
  EXPECT_NE(losses(2), first);
  EXPECT_EQ(losses(1), first);
}

TEST(PluginWan, JitterDelaysAndNeverReorders) {
  TwoSites sites([](auto& control) {
    set_delay(control, 5ms);
    control.way(0, 1).jitter = Time(20ms).count();
  });
  Pair pair(*sites.here, *sites.there);
  std::vector<int> sent(30), got(30, -1);
  std::iota(sent.begin(), sent.end(), 0);
  std::vector<void*> receives;
  for (auto& word : got) receives.push_back(pair.receive(&word, sizeof word));
  for (const auto& word : sent) pair.wait(pair.send(&word, sizeof word));
  for (std::size_t i = receives.size(); i-- > 0;) pair.wait(receives[i]);  // the last is over last
  EXPECT_EQ(got, sent);
}

TEST(PluginWan, TellsHowLateItReleased) {
  TwoSites sites([](auto& control) { set_delay(control, 2ms); });
  Pair pair(*sites.here, *sites.there);
  for (int i = 0; i < 10; ++i) one_way(pair, 8);
  EXPECT_EQ(wan::count(sites.control->lateness), 10U);
  EXPECT_LT(wan::quantile(sites.control->lateness, 0.5), 10ms);
}

}  // namespace
}  // namespace longhaul::net
