#include <gtest/gtest.h>

#include <numeric>
#include <thread>

#include "pair.hpp"

namespace longhaul::net {
namespace {

using namespace std::chrono_literals;
using test::Pair;
using test::pattern;
using test::set_delay;
using test::TwoSites;

/// As NCCL uses a plugin: one thread connects and accepts, its proxy's thread sends, receives, tests and closes.
TEST(PluginThreads, OneConnectsAndAnotherSendsAndReceives) {
  TwoSites sites([](auto& control) { set_delay(control, 1ms); });
  for (int round = 0; round < 3; ++round) {
    std::unique_ptr<Pair> pair;
    std::thread([&] { pair = std::make_unique<Pair>(*sites.here, *sites.there); }).join();
    std::thread([&] {
      const auto sent = pattern(100'000, static_cast<unsigned>(round));
      std::vector<std::byte> got(sent.size());
      void* const receive = pair->receive(got.data(), got.size());
      pair->wait(pair->send(sent.data(), sent.size()));
      pair->wait(receive);
      EXPECT_EQ(got, sent);
      pair.reset();
    }).join();
  }
}

/// Several proxies at once, each with its own connection, while the main thread makes further ones.
TEST(PluginThreads, ConnectionsAreUsedWhileOthersAreMade) {
  TwoSites sites([](auto& control) {
    set_delay(control, 1ms);
    control.way(0, 1).jitter = Time(200us).count();
    control.way(0, 1).loss = 0.001;
  });
  std::vector<std::unique_ptr<Pair>> pairs;
  std::vector<std::thread> proxies;
  for (int proxy = 0; proxy < 4; ++proxy) {
    pairs.push_back(std::make_unique<Pair>(*sites.here, *sites.there));
    proxies.emplace_back([&pair = *pairs.back(), proxy] {
      for (int message = 0; message < 20; ++message) {
        const auto sent = pattern(30'000, static_cast<unsigned>(20 * proxy + message));
        std::vector<std::byte> got(sent.size());
        void* const receive = pair.receive(got.data(), got.size());
        void* send = nullptr;
        while (send == nullptr) send = pair.send(sent.data(), sent.size());
        pair.wait(send);
        pair.wait(receive);
        EXPECT_EQ(got, sent);
      }
    });
  }
  for (auto& proxy : proxies) proxy.join();
}

}  // namespace
}  // namespace longhaul::net
