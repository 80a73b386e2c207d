#include "topologies/wan/network.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

using namespace longhaul::wan;
using namespace std::chrono_literals;

namespace {

constexpr Rate kGigabit{125e6};
constexpr Rate kUnlimited{0};

Parcel parcel(std::uint64_t handle, std::uint64_t bytes, std::uint64_t flow = 0) { return {handle, {1, bytes}, flow}; }

/// Everything that arrives or is lost until `now`.
std::vector<Arrival> arrivals(Network& network, Time now) {
  std::vector<Arrival> all;
  while (auto arrival = network.next(now)) all.push_back(*arrival);
  return all;
}

}  // namespace

TEST(Network, DeliversAfterSerialisationAndDelayToTheNanosecond) {
  Network network(2, {{1, kGigabit, 0}});
  network.set_route(0, 1, {{0, 10ms}});
  ASSERT_TRUE(network.send(1ms, 0, 1, parcel(7, 1500)));
  EXPECT_EQ(network.next_due(), 1ms + 12us + 10ms);
  EXPECT_FALSE(network.next(1ms + 12us + 10ms - 1ns));
  const auto arrival = network.next(1ms + 12us + 10ms);
  ASSERT_TRUE(arrival);
  EXPECT_EQ(arrival->parcel.handle, 7u);
  EXPECT_EQ(arrival->to, 1u);
  EXPECT_EQ(arrival->due, 1ms + 12us + 10ms);
  EXPECT_FALSE(arrival->lost);
  EXPECT_FALSE(network.next_due());
  EXPECT_EQ(network.in_flight(), 0u);
}

TEST(Network, HasNoWayWithoutARoute) {
  Network network(2, {{1, kGigabit, 0}});
  EXPECT_FALSE(network.send(0ms, 0, 1, parcel(1, 1)));
}

TEST(Network, SerialisesOnEveryLinkOfTheRoute) {
  Network network(3, {{1, kGigabit, 0}, {1, {12.5e6}, 0}});
  network.set_route(0, 2, {{0, 1ms}, {1, 2ms}});
  network.send(0ms, 0, 2, parcel(1, 1500));
  const auto all = arrivals(network, 1s);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].due, 12us + 1ms + 120us + 2ms);
}

TEST(Network, ALateCallerAddsNothingToLaterTimes) {
  Network network(3, {{1, kGigabit, 0}, {1, kGigabit, 0}});
  network.set_route(0, 2, {{0, 1ms}, {1, 1ms}});
  network.send(0ms, 0, 2, parcel(1, 1500));
  const auto all = arrivals(network, 500ms);  // nobody looked for half a second
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].due, 2ms + 24us);
}

TEST(Network, PairsThatShareALinkKeepTheirOwnDelays) {
  Network network(3, {{1, kUnlimited, 0}, {1, kUnlimited, 0}});
  network.set_route(0, 1, {{0, 1ms}});
  network.set_route(0, 2, {{0, 30ms}, {1, 10ms}});
  network.send(0ms, 0, 2, parcel(1, 100));
  network.send(0ms, 0, 1, parcel(2, 100));
  const auto all = arrivals(network, 1s);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].parcel.handle, 2u);
  EXPECT_EQ(all[0].due, 1ms);
  EXPECT_EQ(all[1].due, 40ms);
}

TEST(Network, PairsThatShareALinkShareItsRate) {
  Network network(3, {{1, kGigabit, 0}, {1, kGigabit, 0}});
  network.set_route(0, 1, {{0, 0ms}});
  network.set_route(0, 2, {{0, 0ms}, {1, 0ms}});
  network.send(0ms, 0, 2, parcel(1, 1500));
  network.send(0ms, 0, 1, parcel(2, 1500));
  const auto all = arrivals(network, 1s);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].due, 24us);  // the direct one waits for the other's 12 µs
  EXPECT_EQ(all[1].due, 24us);
}

TEST(Network, ShorteningTheDelayLiveOvertakesNothing) {
  Network network(2, {{1, kUnlimited, 0}});
  network.set_route(0, 1, {{0, 50ms}});
  network.send(0ms, 0, 1, parcel(1, 100));
  network.set_route(0, 1, {{0, 1ms}});
  network.send(1ms, 0, 1, parcel(2, 100));
  const auto all = arrivals(network, 1s);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].parcel.handle, 1u);
  EXPECT_EQ(all[1].due, 50ms);
  network.send(60ms, 0, 1, parcel(3, 100));
  EXPECT_EQ(network.next_due(), 61ms);
}

TEST(Network, WhatIsQueuedLeavesAtTheNewRateAndWhatHasLeftKeepsItsTime) {
  Network network(2, {{1, {12.5e6}, 3000}});
  network.set_route(0, 1, {{0, 10ms}});
  for (const std::uint64_t handle : {1, 2}) ASSERT_TRUE(network.send(0ms, 0, 1, parcel(handle, 1500)));
  EXPECT_FALSE(network.send(1us, 0, 1, parcel(3, 1500)));  // the queue is full
  EXPECT_FALSE(network.next(130us));                       // the first has left; 1375 B of the second have not
  network.set_link(0, kGigabit, 3000);
  EXPECT_EQ(network.next_due(), 120us + 10ms);
  EXPECT_TRUE(network.send(130us, 0, 1, parcel(4, 1500)));
  const auto all = arrivals(network, 1s);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].due, 120us + 10ms);
  EXPECT_EQ(all[1].due, 130us + 11us + 10ms);
  EXPECT_EQ(all[2].due, 130us + 11us + 12us + 10ms);
  EXPECT_EQ(network.counters(0, 0).drops, 1u);
}

TEST(Network, ABrownoutHoldsBackWhatIsQueuedBeforeItsOwnLineAndNoOther) {
  Network network(2, {{1, kGigabit, 0}, {1, kGigabit, 0}});
  network.set_route(0, 1, {{0, 1ms}});
  network.set_route(1, 0, {{1, 2ms}});
  network.send(0ms, 0, 1, parcel(1, 1500));
  network.send(0ms, 1, 0, parcel(2, 1500));
  network.set_link(0, {12.5e6}, 0);
  const auto all = arrivals(network, 1s);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].due, 120us + 1ms);
  EXPECT_EQ(all[1].due, 12us + 2ms);
}

TEST(Network, CountsWhatArrivedWhatWasLostAndTheWorstQueue) {
  Network network(2, {{1, kGigabit, 3000}});
  network.set_route(0, 1, {{0, 1ms}});
  EXPECT_TRUE(network.send(0ms, 0, 1, {1, {2, 2000}, 0}));
  EXPECT_TRUE(network.send(0ms, 0, 1, {2, {1, 1000}, 0}));
  EXPECT_FALSE(network.send(0ms, 0, 1, {3, {5, 1000}, 0}));
  arrivals(network, 1s);
  const auto counters = network.counters(0, 0);
  EXPECT_EQ(counters.packets, 3u);
  EXPECT_EQ(counters.bytes, 3000u);
  EXPECT_EQ(counters.drops, 5u);
  EXPECT_EQ(counters.queue_max, 3000u);
  network.reset_counters();
  EXPECT_EQ(network.counters(0, 0).packets, 0u);
}

TEST(Network, HandsBackWhatALaterQueueLost) {
  Network network(3, {{1, kUnlimited, 0}, {1, kGigabit, 2000}});
  network.set_route(0, 2, {{0, 1ms}, {1, 1ms}});
  network.send(0ms, 0, 2, parcel(1, 1500));
  network.send(0ms, 0, 2, parcel(2, 1500));
  const auto all = arrivals(network, 1s);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all[0].lost);
  EXPECT_EQ(all[0].parcel.handle, 2u);
  EXPECT_EQ(network.counters(1, 0).drops, 1u);
  EXPECT_EQ(network.in_flight(), 0u);
}

TEST(Network, AFlowStaysOnOneMemberAndFlowsSpreadOverAll) {
  Network network(2, {{4, kGigabit, 0}});
  network.set_route(0, 1, {{0, 0ms}});
  for (std::uint64_t flow = 0; flow < 4; ++flow)
    for (int i = 0; i < 10; ++i) network.send(0ms, 0, 1, parcel(flow, 1500, flow));
  const auto all = arrivals(network, 1s);
  EXPECT_EQ(all.back().due, 120us);  // ten packets on each of four members, in parallel
  for (int member = 0; member < 4; ++member) EXPECT_EQ(network.counters(0, member).packets, 10u);
}

TEST(Network, AFlowHashedOntoAMemberGetsThatMembersRateOnly) {
  Network network(2, {{8, {12.5e6}, 0}});
  network.set_route(0, 1, {{0, 0ms}});
  for (int i = 0; i < 100; ++i) network.send(0ms, 0, 1, parcel(1, 1250, 5));
  EXPECT_EQ(arrivals(network, 1s).back().due, 10ms);  // 125,000 B at 12.5 MB/s
}

/// 400 flows that share member 0 of the first of two links: what each member of the second carries.
std::vector<std::uint64_t> spread_over_next(bool own_hash) {
  Network network(3, {{4, kUnlimited, 0, own_hash}, {4, kUnlimited, 0, own_hash}});
  network.set_route(0, 2, {{0, 0ms}, {1, 0ms}});
  std::mt19937_64 random(4);
  for (int i = 0; i < 400; ++i) network.send(0ms, 0, 2, parcel(1, 100, random() & ~std::uint64_t{3}));  // member 0
  arrivals(network, 1s);
  EXPECT_EQ(network.counters(0, 0).packets, 400u);
  std::vector<std::uint64_t> packets;
  for (int member = 0; member < 4; ++member) packets.push_back(network.counters(1, member).packets);
  return packets;
}

TEST(Network, FlowsThatShareAMemberShareOneOfTheNextLinkWhereHashesAreTheSame) {
  EXPECT_EQ(spread_over_next(false), (std::vector<std::uint64_t>{400, 0, 0, 0}));
}

TEST(Network, FlowsThatShareAMemberSpreadOverTheNextLinkWhereHashesAreIndependent) {
  for (const auto packets : spread_over_next(true)) EXPECT_GT(packets, 60u);
}

TEST(Network, ConservesParcelsAndKeepsEveryFlowInOrderUnderRandomTraffic) {
  // A ring of four sites with links of two members, random traffic, delays changed as it runs.
  std::mt19937_64 random(5);
  std::vector<DirectedLink> links(8, DirectedLink{2, {50e6}, 60'000, true});
  Network network(4, links);
  const auto set_routes = [&](Duration delay) {
    for (std::size_t from = 0; from < 4; ++from) {
      const std::size_t next = (from + 1) % 4;
      network.set_route(from, next, {{from, delay}});
      network.set_route(from, (from + 2) % 4, {{from, delay}, {next, delay / 2}});
    }
  };
  set_routes(5ms);
  std::map<std::pair<std::size_t, std::uint64_t>, std::uint64_t> last_of_flow;  // destination, flow → handle
  std::uint64_t sent = 0, refused = 0, arrived = 0, lost = 0;
  Time now{};
  const auto drain = [&](Time until) {
    Time last{};
    while (const auto arrival = network.next(until)) {
      EXPECT_GE(arrival->due, last);
      EXPECT_LE(arrival->due, until);
      last = arrival->due;
      if (arrival->lost) {
        ++lost;
        continue;
      }
      ++arrived;
      auto& before = last_of_flow[{arrival->to, arrival->parcel.flow}];
      EXPECT_GT(arrival->parcel.handle, before);
      before = arrival->parcel.handle;
    }
  };
  for (std::uint64_t handle = 1; handle <= 50'000; ++handle) {
    now += Duration(random() % 20'000);
    drain(now);
    if (handle % 5000 == 0) set_routes(Duration(random() % 10'000'000));
    const auto from = random() % 4;
    const auto to = (from + 1 + random() % 2) % 4;
    // One flow belongs to one pair, as addresses do.
    const auto flow = (from * 4 + to) * 1000 + random() % 5;
    ++sent;
    if (!network.send(now, from, to, parcel(handle, 40 + random() % 3000, flow))) ++refused;
  }
  drain(now + 10s);
  EXPECT_EQ(network.in_flight(), 0u);
  EXPECT_EQ(sent, refused + lost + arrived);
  EXPECT_GT(refused + lost, 100u);  // the queues did overflow
  EXPECT_GT(arrived, 10'000u);
}

TEST(Network, ACutLosesWhatIsUnderWayAndWhatFollowsUntilTheLinkIsBack) {
  Network network(2, {{1, kGigabit, 0}});
  network.set_route(0, 1, {{0, 10ms}});
  network.send(0ms, 0, 1, {1, {3, 1500}, 0});
  arrivals(network, 5ms);
  network.set_down(0, true);
  EXPECT_FALSE(network.send(6ms, 0, 1, parcel(2, 1500)));
  network.set_down(0, false);
  EXPECT_TRUE(network.send(7ms, 0, 1, parcel(3, 1500)));
  const auto all = arrivals(network, 1s);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all[0].lost);
  EXPECT_EQ(all[0].parcel.handle, 1u);
  EXPECT_FALSE(all[1].lost);
  EXPECT_EQ(network.counters(0, 0).drops, 4u);
  EXPECT_EQ(network.counters(0, 0).packets, 1u);
  EXPECT_EQ(network.in_flight(), 0u);
}

TEST(Network, ACutBehindTheLinkThatAParcelHasLeftDoesNotTouchIt) {
  Network network(3, {{1, kUnlimited, 0}, {1, kUnlimited, 0}});
  network.set_route(0, 2, {{0, 1ms}, {1, 10ms}});
  network.send(0ms, 0, 2, parcel(1, 100));
  arrivals(network, 2ms);
  network.set_down(0, true);
  const auto all = arrivals(network, 1s);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_FALSE(all[0].lost);
}

TEST(Network, ANewRouteTakesWhatIsSentFromNowOnAndTheOldOneFinishes) {
  Network network(3, {{1, kUnlimited, 0}, {1, kUnlimited, 0}, {1, kUnlimited, 0}});
  network.set_route(0, 2, {{2, 10ms}});
  network.send(0ms, 0, 2, parcel(1, 100));
  network.set_route(0, 2, {{0, 20ms}, {1, 20ms}});
  network.send(1ms, 0, 2, parcel(2, 100));
  network.set_route(0, 2, {{2, 10ms}});
  network.send(2ms, 0, 2, parcel(3, 100));
  const auto all = arrivals(network, 1s);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].due, 10ms);
  EXPECT_EQ(all[1].due, 12ms);
  EXPECT_EQ(all[2].parcel.handle, 2u);
  EXPECT_EQ(all[2].due, 41ms);
  EXPECT_EQ(network.counters(1, 0).packets, 1u);
}

TEST(Network, JitterDelaysByAtMostItsAmountAndNothingOvertakes) {
  Network network(2, {{1, kUnlimited, 0}});
  network.set_route(0, 1, {{0, 10ms}}, {3ms, 0});
  Time last{};
  Duration most{};
  for (int i = 0; i < 1000; ++i) {
    const Time sent = i * 5ms;
    network.send(sent, 0, 1, parcel(1, 100));
    const auto all = arrivals(network, sent + 1s);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_GE(all[0].due - sent, 10ms);
    EXPECT_LE(all[0].due - sent, 13ms);
    EXPECT_GE(all[0].due, last);
    last = all[0].due;
    most = std::max(most, all[0].due - sent);
  }
  EXPECT_GT(most, 12900us);
}

TEST(Network, LosesByWirePacketAndTheSameOnesFromTheSeed) {
  const auto losses = [](std::uint64_t seed) {
    Network network(2, {{1, kUnlimited, 0}}, seed);
    network.set_route(0, 1, {{0, 1ms}}, {0ns, 0.1});
    std::vector<std::uint64_t> through;
    for (int i = 0; i < 1000; ++i) through.push_back(network.lost_before(0, 1, 0, 45));
    EXPECT_EQ(network.counters(0, 0).drops,
              static_cast<std::uint64_t>(std::ranges::count_if(through, [](auto n) { return n < 45; })));
    return through;
  };
  EXPECT_EQ(losses(1), losses(1));
  EXPECT_NE(losses(1), losses(2));
}

TEST(Network, ReseededRepeatsItsChance) {
  Network network(2, {{1, kUnlimited, 0}}, 5);
  network.set_route(0, 1, {{0, 1ms}}, {1ms, 0.5});
  const auto draws = [&] {
    std::vector<std::uint64_t> all;
    for (int i = 0; i < 50; ++i) all.push_back(network.lost_before(0, 1, 0, 10));
    return all;
  };
  network.reseed(9);
  const auto first = draws();
  network.reseed(9);
  EXPECT_EQ(draws(), first);
}
