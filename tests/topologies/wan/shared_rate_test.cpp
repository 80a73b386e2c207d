#include "topologies/wan/shared_rate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

using namespace longhaul::wan;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kBytesPerSecond = 125'000'000;

/// A process that always has something to send, in messages of one size over some connections; it polls now and then.
struct Greedy {
  RateUser user;
  std::uint64_t message;
  Duration poll;
  std::uint64_t sent = 0;  ///< bytes granted
  Time looks_at{};
};

/// Lets all of them send until `end` on one virtual clock.
void run(std::vector<Greedy>& all, Time end, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (;;) {
    auto& next = *std::min_element(all.begin(), all.end(), [](auto& a, auto& b) { return a.looks_at < b.looks_at; });
    const Time now = next.looks_at;
    if (now >= end) return;
    while (next.user.send(now, next.message)) next.sent += next.message;
    next.looks_at += Duration(random() % (2 * static_cast<std::uint64_t>(next.poll.count())) + 1);
  }
}

}  // namespace

TEST(SharedRate, PutsBytesOnTheWireForTheirSizeOverTheRate) {
  SharedRate rate{kBytesPerSecond};
  RateUser user(rate, 65536);
  EXPECT_EQ(user.send(1ms, 1500), 1ms + 12us);
  EXPECT_EQ(user.send(1ms, 1500), 1ms + 24us);
  EXPECT_EQ(user.send(2ms, 125), 2ms + 1us);
}

TEST(SharedRate, TakesNoTimeWithoutALimit) {
  SharedRate rate;
  RateUser user(rate, 1);
  EXPECT_EQ(user.send(1ms, 1 << 30), 1ms);
}

TEST(SharedRate, AskedAgainGoesOnWhereItStopped) {
  SharedRate rate{kBytesPerSecond};
  RateUser user(rate, 1250);           // 10 µs
  EXPECT_FALSE(user.send(0us, 3750));  // 1250 on the wire, 1250 waiting
  EXPECT_FALSE(user.send(9us, 3750));
  EXPECT_EQ(user.send(10us, 3750), 30us);
}

TEST(SharedRate, NewRatesHoldForWhatIsGrantedNext) {
  SharedRate rate{kBytesPerSecond};
  RateUser user(rate, 65536);
  user.send(0us, 1250);
  rate.bytes_per_second = kBytesPerSecond / 10;
  EXPECT_EQ(user.send(0us, 1250), 110us);
}

TEST(SharedRate, TwoGreedyProcessesShareFairlyWhateverTheirMessagesAndPolling) {
  for (const std::uint64_t other_message : {4096U, 524'288U, 4'194'304U}) {
    SharedRate rate{kBytesPerSecond};
    std::vector<Greedy> both{{{rate, 65536}, 524'288, 20us}, {{rate, 65536}, other_message, 60us}};
    run(both, 20s, other_message);
    const double total = static_cast<double>(both[0].sent + both[1].sent);
    EXPECT_NEAR(static_cast<double>(both[0].sent) / total, 0.5, 0.02) << other_message;
    EXPECT_NEAR(total, 20.0 * kBytesPerSecond, 0.01 * 20.0 * kBytesPerSecond);  // and leave nothing idle
  }
}

TEST(SharedRate, FourShareFairlyAndOneThatRestsLeavesItsShareToTheOthers) {
  SharedRate rate{kBytesPerSecond};
  std::vector<Greedy> all;
  for (int i = 0; i < 4; ++i) all.push_back({{rate, 65536}, 100'000, 30us});
  run(all, 10s, 1);
  for (const auto& each : all)
    EXPECT_NEAR(static_cast<double>(each.sent), 2.5 * kBytesPerSecond, 0.05 * 2.5 * kBytesPerSecond);
  const auto before = all[0].sent;
  all.pop_back();
  run(all, 20s, 2);
  EXPECT_NEAR(static_cast<double>(all[0].sent - before), 10.0 / 3 * kBytesPerSecond, 0.05 * 10.0 / 3 * kBytesPerSecond);
}

TEST(SharedRate, NeverExceedsTheRateOverAnyWindowByMoreThanOneGrant) {
  std::mt19937_64 random(3);
  constexpr std::uint64_t kRate = 1'000'000'000;  // 1 byte a nanosecond
  constexpr std::uint64_t kQuantum = 65536;
  SharedRate rate{kRate};
  std::vector<RateUser> users(3, RateUser(rate, kQuantum));
  struct Grant {
    Time finish;
    std::uint64_t bytes;
  };
  std::vector<Grant> grants;
  Time now{};
  for (int i = 0; i < 6000; ++i) {
    now += Duration(random() % 30'000);
    const std::uint64_t bytes = 1 + random() % kQuantum;
    auto& user = users[random() % users.size()];
    if (const auto finish = user.send(now, bytes)) {
      EXPECT_GE(*finish, now + Duration(bytes));
      grants.push_back({*finish, bytes});
    } else {
      user.give_up();  // what was granted of it is lost capacity, never gained
    }
  }
  ASSERT_GT(grants.size(), 1000u);
  std::sort(grants.begin(), grants.end(), [](const Grant& a, const Grant& b) { return a.finish < b.finish; });
  for (std::size_t first = 0; first < grants.size(); first += 5) {
    std::uint64_t total = 0;
    for (std::size_t last = first; last < std::min(first + 150, grants.size()); ++last) {
      total += grants[last].bytes;
      ASSERT_LE(static_cast<std::int64_t>(total - grants[first].bytes),
                (grants[last].finish - grants[first].finish).count());
    }
  }
}

TEST(SharedRate, GrantsEveryNanosecondOnceHoweverManyAskAtTheSameTime) {
  SharedRate rate{1'000'000'000};
  constexpr int kThreads = 4, kEach = 50'000;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&rate] {
      RateUser user(rate, 1 << 20);
      Time now{};
      for (int n = 0; n < kEach;)
        if (const auto finish = user.send(now, 100)) {
          now = *finish - 100ns;
          ++n;
        } else {
          now += 1us;
        }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_GE(rate.finish.load(), std::int64_t{kThreads} * kEach * 100);
}
