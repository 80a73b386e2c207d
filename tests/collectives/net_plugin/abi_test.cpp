#include <dlfcn.h>

#include <cstddef>

#include "pair.hpp"

namespace longhaul::net {
namespace {

using test::Pair;
using test::pattern;
using test::plugin_path;
using test::until;

/// Offsets as NCCL's headers give them on x86-64 (net_v8.h … net_v11.h).
TEST(Abi, StructsLieInMemoryAsNcclHasThem) {
  EXPECT_EQ(sizeof(NetV8), 19 * sizeof(void*));
  EXPECT_EQ(sizeof(NetV9), 20 * sizeof(void*));
  EXPECT_EQ(sizeof(NetV10), 20 * sizeof(void*));
  EXPECT_EQ(sizeof(NetV11), 22 * sizeof(void*));
  EXPECT_EQ(sizeof(PropertiesV8), 64U);
  EXPECT_EQ(offsetof(PropertiesV8, speed), 32U);
  EXPECT_EQ(offsetof(PropertiesV9, virtual_device), 64U);
  EXPECT_EQ(offsetof(PropertiesV9, max_p2p_bytes), 88U);
  EXPECT_EQ(sizeof(PropertiesV9), 104U);
  EXPECT_EQ(sizeof(PropertiesV11), 112U);
}

TEST(Abi, OnlyTheInterfacesSymbolsAreSeen) {
  void* const library = ::dlopen(plugin_path.c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << ::dlerror();
  for (const char* name : {"ncclNetPlugin_v8", "ncclNetPlugin_v9", "ncclNetPlugin_v10", "ncclNetPlugin_v11"})
    EXPECT_NE(::dlsym(library, name), nullptr) << name;
  EXPECT_EQ(::dlsym(library, "_ZN8longhaul3net3nowEv"), nullptr);
  ::dlclose(library);
}

class EveryVersion : public testing::TestWithParam<int> {
 protected:
  LoadedPlugin plugin{plugin_path, GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Abi, EveryVersion, testing::Values(8, 9, 10, 11));

TEST_P(EveryVersion, TellsOfDevicesWithHostMemoryOnly) {
  EXPECT_EQ(plugin.version(), GetParam());
  EXPECT_EQ(plugin.name(), "Longhaul");
  ASSERT_GE(plugin.devices(), 1);
  const auto properties = plugin.properties(0);
  EXPECT_STRNE(properties.name, "");
  EXPECT_EQ(properties.pointers, kHostPointers);
  EXPECT_GT(properties.speed, 0);
  EXPECT_EQ(properties.max_receives, 8);
  EXPECT_EQ(properties.device_type, 0);
  EXPECT_THROW(plugin.properties(plugin.devices()), Failure);
}

TEST_P(EveryVersion, CarriesMessagesOfAllSizesInOrder) {
  Pair pair(plugin);
  for (const std::size_t size : {0UL, 1UL, 1000UL, 65'536UL, 3'000'001UL}) {
    const auto sent = pattern(size, static_cast<unsigned>(size));
    std::vector<std::byte> got(size);
    void* const receive = pair.receive(got.data(), size);
    void* const send = pair.send(sent.data(), size);
    int sizes = -1, sent_size = -1;
    until([&] {  // as NCCL's progress thread: both in turns
      if (sent_size < 0 && pair.over(send, &sent_size)) return false;
      return sizes >= 0 || pair.over(receive, &sizes);
    });
    if (sent_size < 0) pair.wait(send, &sent_size);
    EXPECT_EQ(sizes, static_cast<int>(size));
    EXPECT_EQ(sent_size, static_cast<int>(size));
    EXPECT_EQ(got, sent);
  }
}

TEST_P(EveryVersion, ListensConnectsAndAcceptsWithoutBlocking) {
  std::array<char, kHandleBytes> handle{};
  void* const listening = plugin.listen(0, handle.data());
  ASSERT_NE(listening, nullptr);
  EXPECT_EQ(plugin.accept(listening), nullptr);  // nobody there yet
  void* const sending = until([&] { return plugin.connect(0, handle.data()); });
  void* const receiving = until([&] { return plugin.accept(listening); });
  EXPECT_EQ(plugin.common().close_listen(listening), success);
  EXPECT_EQ(plugin.common().close_send(sending), success);
  EXPECT_EQ(plugin.common().close_receive(receiving), success);
}

TEST_P(EveryVersion, GivesNoRequestBeyondTheLimitAndGoesOnWhenOneIsFree) {
  Pair pair(plugin);
  std::vector<char> got(kMaxRequests + 1);
  std::vector<void*> receives;
  for (int i = 0; i < kMaxRequests; ++i) receives.push_back(pair.receive(&got[static_cast<std::size_t>(i)], 1));
  EXPECT_EQ(std::count(receives.begin(), receives.end(), nullptr), 0);
  EXPECT_EQ(pair.receive(&got.back(), 1), nullptr);
  pair.wait(pair.send("x", 1));
  pair.wait(receives.front());
  void* const another = pair.receive(&got.back(), 1);
  EXPECT_NE(another, nullptr);
  for (int i = 0; i < kMaxRequests; ++i) pair.wait(pair.send("y", 1));
  for (std::size_t i = 1; i < receives.size(); ++i) pair.wait(receives[i]);
  pair.wait(another);
}

TEST_P(EveryVersion, GroupsReceivesByTagWhateverTheOrderOfSending) {
  Pair pair(plugin);
  std::array<char, 3> got{};
  std::array<void*, 3> data{&got[0], &got[1], &got[2]}, none{};
  std::array<std::size_t, 3> sizes{1, 1, 1};
  std::array<int, 3> tags{7, 8, 7}, got_sizes{-1, -1, -1};
  pair.wait(pair.send("b", 1, 8));  // before anyone asked
  void* group = nullptr;
  pair.to.expect(
      pair.to.irecv(pair.receiving, 3, data.data(), sizes.data(), tags.data(), none.data(), none.data(), &group),
      "irecv");
  pair.wait(pair.send("x", 1, 9));  // of a later receive
  pair.wait(pair.send("a", 1, 7));
  EXPECT_FALSE(pair.over(group));
  pair.wait(pair.send("c", 0, 7));
  pair.wait(group, got_sizes.data());
  EXPECT_EQ(got[0], 'a');
  EXPECT_EQ(got[1], 'b');
  EXPECT_EQ(got_sizes, (std::array<int, 3>{1, 1, 0}));
  char late = 0;
  pair.wait(pair.receive(&late, 1, 9));
  EXPECT_EQ(late, 'x');
}

TEST_P(EveryVersion, TakesAReceiveLargerThanTheMessageAndRefusesASmallerOne) {
  Pair pair(plugin);
  std::array<char, 16> got{};
  int size = 0;
  void* const larger = pair.receive(got.data(), got.size());
  pair.wait(pair.send("four", 4));
  pair.wait(larger, &size);
  EXPECT_EQ(size, 4);
  void* const smaller = pair.receive(got.data(), 2);
  pair.wait(pair.send("four", 4));
  EXPECT_THROW(pair.wait(smaller), Failure);
}

TEST_P(EveryVersion, ClosesWithRequestsOutstanding) {
  Pair pair(plugin);
  std::vector<std::byte> large(64 << 20), got(1);
  EXPECT_NE(pair.receive(got.data(), 1, 5), nullptr);
  EXPECT_NE(pair.send(large.data(), large.size(), 6), nullptr);
}

TEST_P(EveryVersion, RefusesMemoryThatIsNotTheHosts) {
  Pair pair(plugin);
  int word = 0;
  EXPECT_NO_THROW(plugin.reg_mr(pair.sending, &word, sizeof word));
  EXPECT_THROW(plugin.reg_mr(pair.sending, &word, sizeof word, 2), Failure);
}

}  // namespace
}  // namespace longhaul::net
