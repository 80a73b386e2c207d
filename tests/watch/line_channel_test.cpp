#include "harness/watch/line_channel.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace longhaul {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> lines_within(LineChannel& channel, std::size_t count) {
  std::vector<std::string> lines;
  for (int look = 0; look < 500 && lines.size() < count && channel.open(); ++look) {
    for (auto& line : channel.receive()) lines.push_back(line);
    std::this_thread::sleep_for(2ms);
  }
  return lines;
}

LineChannel accepted(const Listener& listener) {
  for (;;)
    if (auto channel = accept_from(listener.socket)) return std::move(*channel);
}

TEST(LineChannel, CarriesWholeLinesBothWays) {
  const auto listener = listen_anywhere();
  auto near = connect_to({{"192.0.2.1", 9}, {"127.0.0.1", listener.port}}, 2s);  // the first is nobody's (RFC 5737)
  ASSERT_TRUE(near);
  auto far = accepted(listener);
  near->send("one");
  near->send(std::string(200'000, 'x'));
  const auto lines = lines_within(far, 2);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], "one");
  EXPECT_EQ(lines[1].size(), 200'000u);
  far.send("back");
  EXPECT_EQ(lines_within(*near, 1), std::vector<std::string>{"back"});
}

TEST(LineChannel, NoticesThatThePeerIsGone) {
  const auto listener = listen_anywhere();
  auto near = connect_to({{"127.0.0.1", listener.port}}, 2s);
  { const auto far = accepted(listener); }
  EXPECT_TRUE(lines_within(*near, 1).empty());
  EXPECT_FALSE(near->open());
}

TEST(LineChannel, HangsUpOnALineWithoutEnd) {
  const auto listener = listen_anywhere();
  auto near = connect_to({{"127.0.0.1", listener.port}}, 2s);
  auto far = accepted(listener);
  std::thread sender([&] { near->send(std::string(6 << 20, 'x')); });
  EXPECT_TRUE(lines_within(far, 1).empty());
  EXPECT_FALSE(far.open());
  sender.join();
}

TEST(LineChannel, TimesAConnection) {
  const auto listener = listen_anywhere();
  const double time = time_to_connect({{"127.0.0.1", listener.port}}, 1s);
  EXPECT_GE(time, 0);
  EXPECT_LT(time, 0.5);
  EXPECT_LT(time_to_connect({{"192.0.2.1", 9}}, 50ms), 0);
}

}  // namespace
}  // namespace longhaul
