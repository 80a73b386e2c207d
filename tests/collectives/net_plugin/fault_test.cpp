#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <span>
#include <thread>

#include "collectives/net_plugin/wire.hpp"
#include "pair.hpp"

namespace longhaul::net {
namespace {

using namespace std::chrono_literals;
using test::Pair;
using test::plugin_path;
using test::until;
using test::Variable;

/// A peer that speaks the wire protocol by hand.
class RawPeer {
 public:
  explicit RawPeer(const Handle& handle) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(handle.port);
    std::memcpy(&address.sin_addr, handle.address, 4);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << std::strerror(errno);
  }
  ~RawPeer() { leave(); }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  template <class Value>
  void say(const Value& value) const {
    EXPECT_EQ(::send(fd_, &value, sizeof value, MSG_NOSIGNAL), static_cast<ssize_t>(sizeof value));
  }
  void leave() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

Hello hello_for(const Handle& handle) {
  Hello hello;
  std::copy(std::begin(handle.cookie), std::end(handle.cookie), std::begin(hello.cookie));
  hello.connection = 42;
  return hello;
}

/// A plugin that listens and, when greeted by a raw peer, receives.
struct Listening {
  explicit Listening(const std::string& patience = "60")
      : variable("LONGHAUL_NET_PATIENCE", patience), plugin(plugin_path) {
    listening = plugin.listen(0, &handle);
  }
  ~Listening() {
    if (receiving != nullptr) plugin.common().close_receive(receiving);
    plugin.common().close_listen(listening);
  }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  void accept() {
    receiving = until([&] { return plugin.accept(listening); });
  }
  void* post(void* data, std::size_t size) {
    int tag = 0;
    void *request = nullptr, *none = nullptr;
    plugin.expect(plugin.irecv(receiving, 1, &data, &size, &tag, &none, &none, &request), "irecv");
    return request;
  }
  bool over(void* request) {
    int done = 0;
    plugin.expect(plugin.common().test(request, &done, nullptr), "test");
    return done != 0;
  }
  std::string failure_of(void* request) {
    try {
      until([&] { return over(request); });
    } catch (const Failure& failure) {
      return failure.text;
    }
    return "no failure";
  }

  union {
    Handle handle{};
    char room[kHandleBytes];
  };
  Variable variable;
  LoadedPlugin plugin;
  void *listening = nullptr, *receiving = nullptr;
};

TEST(PluginFault, StrangersAreTurnedAwayAndHarmNobody) {
  Listening here;
  RawPeer garbage(here.handle), wrong_cookie(here.handle), silent(here.handle);
  std::array<char, 200> noise{};
  noise.fill('G');
  garbage.say(noise);
  auto hello = hello_for(here.handle);
  hello.cookie[0] ^= 1;
  wrong_cookie.say(hello);
  RawPeer gone(here.handle);
  gone.leave();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(here.plugin.accept(here.listening), nullptr);
  RawPeer peer(here.handle);
  peer.say(hello_for(here.handle));
  here.accept();
  char got = 0;
  void* const request = here.post(&got, 1);
  Header header;
  header.size = 1;
  peer.say(header);
  peer.say('!');
  until([&] { return here.over(request); });
  EXPECT_EQ(got, '!');
}

TEST(PluginFault, GarbageOnAConnectionIsAnErrorThatNamesThePeer) {
  Listening here;
  RawPeer peer(here.handle);
  peer.say(hello_for(here.handle));
  here.accept();
  char got = 0;
  void* const request = here.post(&got, 1);
  std::array<char, sizeof(Header)> noise{};
  noise.fill('?');
  peer.say(noise);
  EXPECT_THAT(here.failure_of(request), testing::HasSubstr("sent what is no message"));
}

TEST(PluginFault, AMessageLargerThanAnythingIsRefusedBeforeMemoryIsTaken) {
  Listening here;
  RawPeer peer(here.handle);
  peer.say(hello_for(here.handle));
  here.accept();
  char got = 0;
  void* const request = here.post(&got, 1);
  Header header;
  header.size = kLargestMessage;
  header.tag = 1;  // which nobody asked for
  peer.say(header);
  EXPECT_THAT(here.failure_of(request), testing::HasSubstr("no buffer was posted"));
}

TEST(PluginFault, APeerThatVanishesIsAnError) {
  Listening here;
  RawPeer peer(here.handle);
  peer.say(hello_for(here.handle));
  here.accept();
  std::array<char, 100> got{};
  void* const request = here.post(got.data(), got.size());
  Header header;
  header.size = got.size();
  peer.say(header);
  peer.leave();
  EXPECT_THAT(here.failure_of(request), testing::HasSubstr("closed the connection"));
}

TEST(PluginFault, APeerThatStallsWithinAMessageIsAnError) {
  Listening here("0.3");
  RawPeer peer(here.handle);
  peer.say(hello_for(here.handle));
  here.accept();
  std::array<char, 100> got{};
  void* const request = here.post(got.data(), got.size());
  std::this_thread::sleep_for(500ms);  // waiting for a message to begin is no stall
  EXPECT_FALSE(here.over(request));
  Header header;
  header.size = got.size();
  peer.say(header);
  EXPECT_THAT(here.failure_of(request), testing::HasSubstr("has sent nothing more"));
}

TEST(PluginFault, WhatCameBeforeThePeerLeftStillCounts) {
  LoadedPlugin plugin(plugin_path);
  Pair pair(plugin);
  pair.wait(pair.send("word", 4));
  plugin.common().close_send(pair.sending);
  pair.sending = nullptr;
  std::array<char, 4> got{};
  pair.wait(pair.receive(got.data(), 4));
  EXPECT_EQ(std::string(got.data(), 4), "word");
  EXPECT_THROW(pair.wait(pair.receive(got.data(), 4)), Failure);
}

TEST(PluginFault, ASenderHearsThatItsPeerHasGone) {
  LoadedPlugin plugin(plugin_path);
  Pair pair(plugin);
  const std::vector<std::byte> large(64 << 20);
  void* const request = pair.send(large.data(), large.size());
  plugin.common().close_receive(pair.receiving);
  pair.receiving = nullptr;
  EXPECT_THROW(pair.wait(request), Failure);
}

TEST(PluginFault, ConnectingToNobodyIsAnError) {
  LoadedPlugin plugin(plugin_path);
  std::array<char, kHandleBytes> handle{};
  plugin.common().close_listen(plugin.listen(0, handle.data()));
  EXPECT_THROW(until([&] { return plugin.connect(0, handle.data()); }), Failure);
}

/// What loading the plugin says with a segment of two sites.
std::string refusal_of_site(const char* site, int own_site = -1) {
  const auto segment = wan::MappedSegment::create(test::tag_of_test(), 2, false);
  segment->own_site = own_site;
  segment->site_names[1].set("south");
  const Variable control("LONGHAUL_NET_CONTROL", segment.path());
  const Variable number("LONGHAUL_NET_SITE", site);
  try {
    const LoadedPlugin plugin(test::plugin_path);
    return "";
  } catch (const Failure& failure) {
    return failure.text;
  }
}

TEST(PluginFault, ASiteThatIsNotKnownIsAnErrorAndNotNoDelay) {
  EXPECT_THAT(refusal_of_site(""), testing::HasSubstr("LONGHAUL_NET_SITE is not"));
  EXPECT_THAT(refusal_of_site(""), testing::HasSubstr("1 south"));
  EXPECT_THAT(refusal_of_site("abc"), testing::HasSubstr("LONGHAUL_NET_SITE is 'abc'"));
  EXPECT_THAT(refusal_of_site("-1"), testing::HasSubstr("LONGHAUL_NET_SITE is '-1'"));
  EXPECT_THAT(refusal_of_site("2"), testing::HasSubstr("has 2 sites"));
  EXPECT_EQ(refusal_of_site("1"), "");
  EXPECT_EQ(refusal_of_site("", 0), "");
}

TEST(PluginFault, ABadSettingIsToldByName) {
  const Variable variable("LONGHAUL_NET_CONTROL", "/nowhere/at-all");
  try {
    LoadedPlugin plugin(plugin_path);
    ADD_FAILURE() << "loaded";
  } catch (const Failure& failure) {
    EXPECT_THAT(failure.text, testing::HasSubstr("LONGHAUL_NET_CONTROL: cannot open /nowhere/at-all"));
  }
}

}  // namespace
}  // namespace longhaul::net
