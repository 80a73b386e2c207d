#include "topologies/netem/device.hpp"

#include <gtest/gtest.h>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

constexpr const char* kFresh =
    R"([{"kind":"mq","handle":"0:","root":true,"options":{}},{"kind":"fq_codel","handle":"0:","parent":":1","options":{}}])";
constexpr const char* kOurs =
    R"([{"kind":"mq","handle":"4c48:","root":true,"options":{}},{"kind":"htb","handle":"4c01:","parent":"4c48:1"},
        {"kind":"netem","handle":"5040:","parent":"4c01:1",
         "options":{"limit":83334,"delay":{"delay":0.005,"jitter":0,"correlation":0},"ecn":false,"gap":0}}])";
constexpr const char* kTheirs = R"([{"kind":"htb","handle":"1:","root":true,"options":{}}])";

TEST(Disciplines, OfTheKernelOfUsAndOfOthersAreToldApart) {
  EXPECT_EQ(owner_of(parse_disciplines(kFresh)), Owner::kernel);
  EXPECT_EQ(owner_of(parse_disciplines(kOurs)), Owner::us);
  EXPECT_EQ(owner_of(parse_disciplines(kTheirs)), Owner::other);
}

/// One queue, one site 5 ms away with up to 1 ms of jitter and 0.1 % loss, as tc (iproute2 6.1) shows it.
constexpr const char* kHeld =
    R"([{"kind":"htb","handle":"4c48:","root":true,"options":{"r2q":10,"default":"0"},
         "bytes":900,"packets":9,"drops":0,"backlog":0},
        {"kind":"netem","handle":"5040:","parent":"4c48:1",
         "options":{"limit":10000,"delay":{"delay":0.0055,"jitter":0.0005,"correlation":0},
                    "loss-random":{"loss":0.001,"correlation":0},"rate":{"rate":1250000000,"packetoverhead":0}},
         "bytes":600,"packets":4,"drops":3,"backlog":1500}])";
constexpr const char* kFilters =
    "filter protocol ip pref 1 u32 chain 0 \n"
    "filter protocol ip pref 1 u32 chain 0 fh 800: ht divisor 1 \n"
    "filter protocol ip pref 1 u32 chain 0 fh 800::800 order 2048 key ht 800 bkt 0 *flowid 4c48:1 not_in_hw \n"
    "  match 0a020000/ffffff00 at 16\n"
    "filter protocol ip pref 1 u32 chain 0 fh 800::801 order 2049 key ht 800 bkt 0 flowid 4c48:1 not_in_hw \n"
    "  match 0a020101/ffffffff at 16\n";
constexpr const char* kClasses =
    "class htb 4c48:1 root leaf 5040: prio 0 rate 333333Kbit ceil 333333Kbit burst 1582b cburst 1582b \n"
    "class tbf 5040:1 parent 5040: \n";

InForce standing() { return {parse_disciplines(kHeld), parse_filters(kFilters), parse_classes(kClasses)}; }

Shape to_south() {
  return {"south", {{10U << 24 | 2U << 16, 24}, {10U << 24 | 2U << 16 | 0x101, 32}},
          5ms,     1ms,
          {0.001}, from_bits_per_second(1e9 / 3)};
}
const ShapedDevice kOneQueue{"eth0", 1, from_bits_per_second(10e9)};

TEST(InForce, IsReadFromWhatTcShows) {
  const auto found = standing();
  EXPECT_EQ(found.disciplines[1].delay, 5500us);
  EXPECT_EQ(found.disciplines[1].jitter, 500us);
  EXPECT_DOUBLE_EQ(found.disciplines[1].loss.value, 0.001);
  EXPECT_EQ(found.disciplines[1].limit, 10000u);
  EXPECT_DOUBLE_EQ(bits_per_second(found.disciplines[1].rate), 10e9);
  EXPECT_EQ(found.filters, (std::vector<Steering>{{"10.2.0.0/24", "4c48:1"}, {"10.2.1.1/32", "4c48:1"}}));
  ASSERT_EQ(found.classes.size(), 1u);
  EXPECT_DOUBLE_EQ(bits_per_second(found.classes[0].rate), 333333e3);
}

TEST(InForce, HasToBeAllThatWasAsked) {
  const auto expected = expected_of(kOneQueue, {to_south()}, Holder::netem);
  EXPECT_NO_THROW(require_in_force("eth0", expected, standing()));
  const auto differs = [&](const auto& change) {
    auto found = standing();
    change(found);
    EXPECT_THROW(require_in_force("eth0", expected, found), EnvironmentError);
  };
  differs([](InForce& found) { found.disciplines[1].delay = 6ms; });
  differs([](InForce& found) { found.disciplines[1].jitter = 0ms; });
  differs([](InForce& found) { found.disciplines[1].loss = {0}; });
  differs([](InForce& found) { found.disciplines[1].limit = 1000; });
  differs([](InForce& found) { found.disciplines[1].rate = {0}; });
  differs([](InForce& found) { found.disciplines[1].kind = "tbf"; });
  differs([](InForce& found) { found.disciplines.pop_back(); });
  differs([](InForce& found) { found.classes[0].rate = from_bits_per_second(1e9); });
  differs([](InForce& found) { found.classes.clear(); });
  differs([](InForce& found) { found.filters.pop_back(); });
  differs([](InForce& found) { found.filters[0].to = "10.3.0.0/24"; });
}

TEST(InForce, IsChangedInPlaceForTheSameAddressesOnly) {
  const auto verb = [](const InForce& found, const Shape& shape) {
    const auto commands = change_commands(found, kOneQueue, {shape}, Holder::netem);
    return commands.front()[0] + " " + commands.front()[1];
  };
  auto slower = to_south();
  slower.delay = 20ms;
  EXPECT_EQ(verb(standing(), slower), "class change");
  auto elsewhere = to_south();  // as many sites, other hosts: their filters have to be others
  elsewhere.to[1].address += 1;
  EXPECT_EQ(verb(standing(), elsewhere), "qdisc del");
  EXPECT_EQ(verb({parse_disciplines(kFresh), {}, {}}, slower), "qdisc add");
  EXPECT_THROW(verb({parse_disciplines(kTheirs), {}, {}}, slower), EnvironmentError);
}

TEST(InForce, TellsWhatHoldersDidBySite) {
  const auto counters = counters_by_site(parse_disciplines(kHeld), 2);
  EXPECT_EQ(counters[0].bytes, 600u);
  EXPECT_EQ(counters[0].drops, 3u);
  EXPECT_EQ(counters[0].backlog, 1500u);
  EXPECT_EQ(counters[1].bytes, 0u);
}

TEST(Disciplines, ThatCannotBeReadAreAnError) {
  EXPECT_THROW(parse_disciplines("{"), EnvironmentError);
  EXPECT_THROW(parse_disciplines(R"([{"handle":"1:"}])"), EnvironmentError);
}

}  // namespace
}  // namespace longhaul
