#include <dlfcn.h>
#include <gmock/gmock.h>

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
using test::Variable;

std::string toy_of(int version) {
  return LONGHAUL_BINARY_DIR "/doubles/libnccl-net-toy-v" + std::to_string(version) + ".so";
}
const std::string toy_path = toy_of(9);

struct Calls {
  int reg_mr = 0, dma_buf = 0, device_mr = 0, consumed = 0, flushes = 0;
};
Calls calls() {
  void* const library = ::dlopen(toy_path.c_str(), RTLD_NOW | RTLD_NOLOAD);
  const auto tell = reinterpret_cast<void (*)(int*)>(::dlsym(library, "toy_vendor_calls"));
  std::array<int, 5> all{};
  tell(all.data());
  ::dlclose(library);
  return {all[0], all[1], all[2], all[3], all[4]};
}

/// Both sites carried by the toy.
struct Wrapped {
  explicit Wrapped(const std::function<void(wan::ControlSegment&)>& set_up, const std::string& toy = toy_path,
                   int version = 0)
      : vendor("LONGHAUL_NET_VENDOR", toy), sites(set_up, version) {}
  Variable vendor;
  TwoSites sites;
};

/// Sends and receives registered memory; the time until it has come.
Time time_across(const Pair& pair, std::size_t size) {
  auto sent = pattern(size);
  std::vector<std::byte> got(size);
  void* const sending = pair.from.reg_mr(pair.sending, sent.data(), size);
  void* receiving = pair.to.reg_mr(pair.receiving, got.data(), size);
  void *data = got.data(), *receive = nullptr, *send = nullptr, *event = nullptr;
  int tag = 3, got_size = -1;
  const Time begin = now();
  pair.to.expect(pair.to.irecv(pair.receiving, 1, &data, &size, &tag, &receiving, &event, &receive), "irecv");
  until([&] {
    pair.from.expect(pair.from.isend(pair.sending, sent.data(), size, tag, sending, nullptr, &send), "isend");
    return send != nullptr;
  });
  pair.wait(send);
  until([&] { return pair.over(receive, &got_size); });
  const Time time = now() - begin;
  EXPECT_EQ(got, sent);
  EXPECT_EQ(got_size, static_cast<int>(size));
  pair.from.expect(pair.from.common().dereg_mr(pair.sending, sending), "deregMr");
  pair.to.expect(pair.to.common().dereg_mr(pair.receiving, receiving), "deregMr");
  return time;
}

TEST(WrappedVendor, ShowsTheVendorsDevicesAsTheyAre) {
  Wrapped wrapped([](auto&) {});
  auto& plugin = *wrapped.sites.here;
  EXPECT_EQ(plugin.name(), "Longhaul");
  EXPECT_EQ(plugin.devices(), 2);
  const auto properties = plugin.properties(1);
  EXPECT_STREQ(properties.name, "toy0");
  EXPECT_EQ(properties.pointers, 7);  // host, CUDA, DMA-BUF
  EXPECT_EQ(properties.speed, 400'000);
}

TEST(WrappedVendor, DelaysBetweenSitesOnly) {
  for (const int version : {8, 9, 10, 11}) {
    SCOPED_TRACE(version);
    Wrapped wrapped([](auto& control) { set_delay(control, 20ms); }, toy_of(version));
    EXPECT_STREQ(wrapped.sites.here->properties(1).name, "toy0");
    Pair within(*wrapped.sites.here, *wrapped.sites.here);
    EXPECT_LT(time_across(within, 100'000), 20ms);
    Pair between(*wrapped.sites.here, *wrapped.sites.there);
    const auto time = time_across(between, 100'000);
    EXPECT_GE(time, 20ms);
    EXPECT_LT(time, 150ms);  // on a busy machine
  }
}

TEST(WrappedVendor, KeepsToTheRateBetweenSites) {
  Wrapped wrapped([](auto& control) { control.way(0, 1).rate.bytes_per_second = 10'000'000; });
  Pair pair(*wrapped.sites.here, *wrapped.sites.there);
  EXPECT_GE(time_across(pair, 500'000), 50ms);
}

TEST(WrappedVendor, TakesARoundTripForAnAcknowledgedSend) {
  Wrapped wrapped([](auto& control) {
    set_delay(control, 15ms);
    control.completion = static_cast<std::uint32_t>(wan::Completion::rdma);
  });
  Pair pair(*wrapped.sites.here, *wrapped.sites.there);
  EXPECT_GE(time_across(pair, 8), 30ms);
}

TEST(WrappedVendor, PassesRegistrationFlushAndOffloadThrough) {
  Wrapped wrapped([](auto&) {});
  auto& plugin = *wrapped.sites.here;
  Pair pair(plugin, plugin);
  const auto before = calls();
  int word = 0;
  const auto& functions = plugin.common();
  void *registration = plugin.reg_mr(pair.sending, &word, sizeof word, 2), *device = nullptr, *flush = nullptr;
  EXPECT_NE(registration, nullptr);
  EXPECT_EQ(functions.reg_mr_dma_buf(pair.sending, &word, sizeof word, 2, 0, 5, &registration), success);
  EXPECT_EQ(functions.get_device_mr(pair.sending, registration, &device), success);
  EXPECT_EQ(device, registration);
  void* data = &word;
  int size = sizeof word;
  EXPECT_EQ(functions.iflush(pair.receiving, 1, &data, &size, &registration, &flush), success);
  pair.wait(flush);
  const auto after = calls();
  EXPECT_EQ(after.reg_mr, before.reg_mr + 1);
  EXPECT_EQ(after.dma_buf, before.dma_buf + 1);
  EXPECT_EQ(after.device_mr, before.device_mr + 1);
  EXPECT_EQ(after.flushes, before.flushes + 1);
}

/// The ends of a connection whose caller asks for device offload.
void connect_with_offload(LoadedPlugin& from, LoadedPlugin& to, DeviceHandle*& handed) {
  std::array<char, kHandleBytes> handle{};
  void* const listening = to.listen(0, handle.data());
  DeviceHandle wanted{};
  void *sending = nullptr, *receiving = nullptr;
  const auto close = [&] {
    if (sending != nullptr) from.common().close_send(sending);
    if (receiving != nullptr) to.common().close_receive(receiving);
    to.common().close_listen(listening);
  };
  const auto connected = [&] {
    DeviceHandle *out = &wanted, *in = &wanted;
    if (sending == nullptr && (sending = from.connect(0, handle.data(), &out)) != nullptr) handed = out;
    if (receiving == nullptr) receiving = to.accept(listening, &in);
    return sending != nullptr && receiving != nullptr;
  };
  try {
    until(connected);
  } catch (...) {
    close();
    throw;
  }
  close();
}

TEST(WrappedVendor, HandsDeviceHandlesOutWithinASiteAndRefusesThemBetweenSites) {
  Wrapped wrapped([](auto&) {});
  DeviceHandle* handed = nullptr;
  connect_with_offload(*wrapped.sites.here, *wrapped.sites.here, handed);
  ASSERT_NE(handed, nullptr);
  EXPECT_EQ(handed->version, 7);
  try {
    connect_with_offload(*wrapped.sites.here, *wrapped.sites.there, handed);
    ADD_FAILURE() << "connected";
  } catch (const Failure& failure) {
    EXPECT_THAT(failure.text, testing::HasSubstr("cannot be delayed between sites"));
  }
}

/// Traffic class of the toy's last connection and last communicator; hints that it was given.
std::array<int, 3> marks_of(const std::string& toy) {
  void* const library = ::dlopen(toy.c_str(), RTLD_NOW | RTLD_NOLOAD);
  std::array<int, 3> marks{};
  reinterpret_cast<void (*)(int*)>(::dlsym(library, "toy_vendor_marks"))(marks.data());
  ::dlclose(library);
  return marks;
}

/// Connects for a communicator whose traffic is of class 5, by one version of the interface around a toy of another.
std::array<int, 3> marks_after_connecting(int ours, int toys) {
  const auto toy = toy_of(toys);
  Wrapped wrapped([](auto&) {}, toy, ours);
  auto& plugin = *wrapped.sites.here;
  const auto communicator = plugin.open(1, {5});
  std::array<char, kHandleBytes> handle{};
  void* const listening = plugin.listen(0, handle.data(), &communicator);
  void *sending = nullptr, *receiving = nullptr;
  until([&] {
    if (sending == nullptr) sending = plugin.connect(0, handle.data(), nullptr, &communicator);
    if (receiving == nullptr) receiving = plugin.accept(listening);
    return sending != nullptr && receiving != nullptr;
  });
  EXPECT_EQ(plugin.set_attributes(communicator, nullptr), success);
  const auto marks = marks_of(toy);
  plugin.common().close_send(sending);
  plugin.common().close_receive(receiving);
  plugin.common().close_listen(listening);
  plugin.close(communicator);
  return marks;
}

TEST(WrappedVendor, HearsTheTrafficClassOfEachCommunicatorAndItsHints) {
  using testing::ElementsAre;
  EXPECT_THAT(marks_after_connecting(11, 11), ElementsAre(5, 5, 1));
  EXPECT_THAT(marks_after_connecting(10, 10), ElementsAre(5, -1, 0));
  EXPECT_THAT(marks_after_connecting(11, 10), ElementsAre(5, -1, 0));
  EXPECT_EQ(marks_after_connecting(9, 10)[0], -1);  // NCCL told nothing
}

TEST(WrappedVendor, AVendorThatIsNoneIsToldByItsPath) {
  const Variable vendor("LONGHAUL_NET_VENDOR", "/nowhere/libnccl-net-vendor.so");
  try {
    LoadedPlugin plugin(test::plugin_path);
    ADD_FAILURE() << "loaded";
  } catch (const Failure& failure) {
    EXPECT_THAT(failure.text, testing::HasSubstr("/nowhere/libnccl-net-vendor.so"));
  }
}

}  // namespace
}  // namespace longhaul::net
