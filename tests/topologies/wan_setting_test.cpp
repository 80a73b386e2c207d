#include "topologies/wan_setting.hpp"

#include <gmock/gmock.h>

#include "tests/topologies/raises.hpp"

namespace longhaul {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

constexpr const char* kForms =
    "expected native, +TIME, xFACTOR, TIME or SITE-SITE=TIME (such as native, +10ms, x2, 0ms, a-b=10ms/b-c=5ms), "
    "each with any of :jitter=TIME :loss=SHARE :rate=RATE :queue=TIME|BYTES";

/// A chain of sites, neighbours 2 ms of RTT apart.
Topology chain(const std::vector<std::string>& names) {
  Topology topology;
  topology.name = "chain";
  for (const auto& name : names)
    topology.sites.push_back({.name = name, .hosts = {}, .gpus_per_host = 1, .fabric = {}});
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    Link link;
    link.a = i;
    link.b = i + 1;
    link.plain_rtt = 2ms;
    topology.links.push_back(link);
  }
  return topology;
}

std::vector<Duration> rtts(const std::string& id, const Topology& topology) {
  std::vector<Duration> list;
  for (const auto& pair : resolve_wan(id, topology).pairs) list.push_back(pair.rtt);
  return list;
}

std::string normalised(const std::string& text) { return parse_wan_axis(text).at(0); }

TEST(WanAxis, SplitsAndNormalises) {
  EXPECT_THAT(parse_wan_axis("native, +10 ms,x2"), ElementsAre("native", "+10ms", "x2"));
  EXPECT_EQ(normalised("0"), "0ms");
  EXPECT_EQ(normalised("0 s"), "0ms");
  EXPECT_EQ(normalised("+0"), "+0ms");
  EXPECT_EQ(normalised("1500 µs"), "1.5ms");
  EXPECT_EQ(normalised("1000ms"), "1s");
  EXPECT_EQ(normalised("+ 392us"), "+392us");
  EXPECT_EQ(normalised("x 1.50"), "x1.5");
  EXPECT_EQ(normalised("×2"), "x2");
  EXPECT_EQ(normalised("a-b = 10 ms / b-c=5ms"), "a-b=10ms/b-c=5ms");
}

TEST(WanAxis, KeepsSettingsApartThatDifferInTheLastNanosecond) {
  EXPECT_THAT(parse_wan_axis("12345678ns,12345679ns"), ElementsAre("12.345678ms", "12.345679ms"));
  EXPECT_EQ(normalised("1000001ns"), "1.000001ms");
}

TEST(WanAxis, KeepsEachSettingOnce) {
  EXPECT_THAT(parse_wan_axis("+10ms,native,+10 ms,+0.01s"), ElementsAre("+10ms", "native"));
}

TEST(WanAxis, OfNormalisedIdsIsItself) {
  for (const auto* id : {"native", "+10ms", "x2", "x0.1", "0ms", "392us", "a-b=10ms/b-c=5ms"})
    EXPECT_THAT(parse_wan_axis(id), ElementsAre(id));
}

TEST(WanAxis, NamesTheBadSettingAndTheForms) {
  const auto error = [](const char* text) { return usage_error_of([&] { parse_wan_axis(text); }); };
  const std::string units = "expected one of ns, µs, ms, s, min, h; ";
  EXPECT_EQ(error(""), std::string("empty WAN setting; ") + kForms);
  EXPECT_EQ(error("native,,x2"), std::string("empty WAN setting; ") + kForms);
  EXPECT_EQ(error("nativ"), "unknown WAN setting 'nativ'; did you mean 'native'?");
  EXPECT_EQ(error("10"), "bad WAN setting '10': no unit in '10'; " + units + kForms);
  EXPECT_EQ(error("+10"), "bad WAN setting '+10': no unit in '10'; " + units + kForms);
  EXPECT_EQ(error("10 parsec"), "bad WAN setting '10 parsec': unknown unit 'parsec' in '10 parsec'; " + units + kForms);
  EXPECT_EQ(error("slow"),
            "bad WAN setting 'slow': no number in 'slow'; expected a number and one of ns, µs, ms, s, "
            "min, h; " +
                std::string(kForms));
  EXPECT_EQ(error("a=1ms"), std::string("bad WAN setting 'a=1ms': 'a' does not name two sites; ") + kForms);
  EXPECT_EQ(error("a-b=1ms/c"), std::string("bad WAN setting 'a-b=1ms/c': 'c' is not SITE-SITE=TIME; ") + kForms);
  EXPECT_EQ(error("x"), std::string("bad WAN setting 'x': '' is not a factor of 0 or more; ") + kForms);
  EXPECT_EQ(error("x2y"), std::string("bad WAN setting 'x2y': '2y' is not a factor of 0 or more; ") + kForms);
  EXPECT_EQ(error("xinf"), std::string("bad WAN setting 'xinf': 'inf' is not a factor of 0 or more; ") + kForms);
  EXPECT_EQ(error("11min"), std::string("bad WAN setting '11min': '11min' is longer than 10 min; ") + kForms);
}

TEST(WanAxis, NeverTurnsNegative) {
  const auto error = [](const char* text) { return usage_error_of([&] { parse_wan_axis(text); }); };
  EXPECT_EQ(error("-10ms"), std::string("bad WAN setting '-10ms': '-10ms' is negative; expected 0 or more; ") + kForms);
  EXPECT_EQ(error("+-10ms"),
            std::string("bad WAN setting '+-10ms': '-10ms' is negative; expected 0 or more; ") + kForms);
  EXPECT_EQ(error("x-2"), std::string("bad WAN setting 'x-2': '-2' is not a factor of 0 or more; ") + kForms);
  EXPECT_EQ(error("a-b=-1ms"),
            std::string("bad WAN setting 'a-b=-1ms': '-1ms' is negative; expected 0 or more; ") + kForms);
}

TEST(Wan, NativeIsThePhysicsOfThePaths) {
  EXPECT_THAT(rtts("native", chain({"a", "b", "c"})), ElementsAre(2ms, 4ms, 2ms));
}

TEST(Wan, AddsToOrMultipliesEveryPair) {
  EXPECT_THAT(rtts("+10ms", chain({"a", "b", "c"})), ElementsAre(12ms, 14ms, 12ms));
  EXPECT_THAT(rtts("x1.5", chain({"a", "b", "c"})), ElementsAre(3ms, 6ms, 3ms));
  EXPECT_THAT(rtts("x0", chain({"a", "b"})), ElementsAre(0ms));
}

TEST(Wan, AbsoluteSetsTheOnePair) {
  EXPECT_THAT(rtts("10ms", chain({"a", "b"})), ElementsAre(10ms));
  EXPECT_THAT(rtts("0", chain({"a", "b"})), ElementsAre(0ms));
}

TEST(Wan, NamedPairsAreSetAndOthersStayNative) {
  EXPECT_THAT(rtts("a-b=10ms/c-b=5ms", chain({"a", "b", "c"})), ElementsAre(10ms, 4ms, 5ms));
}

TEST(Wan, SiteNamesMayHoldDashes) {
  EXPECT_THAT(rtts("metro-a-metro-b=10ms", chain({"metro-a", "metro-b"})), ElementsAre(10ms));
  EXPECT_THAT(rtts("metro-b-metro-a=10ms", chain({"metro-a", "metro-b"})), ElementsAre(10ms));
}

TEST(Wan, NormalisesTheIdItIsGiven) { EXPECT_EQ(resolve_wan("+10 ms", chain({"a", "b"})).id, "+10ms"); }

TEST(Wan, PairsAreInOrderOfTheSites) {
  const auto pairs = resolve_wan("native", chain({"a", "b", "c"})).pairs;
  EXPECT_THAT(pairs, ElementsAre(PairWan{0, 1, 2ms}, PairWan{0, 2, 4ms}, PairWan{1, 2, 2ms}));
}

TEST(Wan, OfOneSiteIsNativeOnly) {
  EXPECT_TRUE(resolve_wan("native", chain({"a"})).pairs.empty());
  EXPECT_EQ(usage_error_of([] { resolve_wan("+10ms", chain({"a"})); }),
            "WAN setting '+10ms' needs two sites; topology 'chain' has one: use native, or --lab with a topology");
}

TEST(Wan, SaysHowToWriteAnAmbiguousAbsolute) {
  EXPECT_EQ(usage_error_of([] {
              resolve_wan("10ms", chain({"a", "b", "c"}));
            }),
            "WAN setting '10ms' is ambiguous: topology 'chain' has 3 pairs of sites; write the pair, such as a-b=10ms");
}

TEST(Wan, NamesThePairsThereAre) {
  EXPECT_EQ(usage_error_of([] {
              resolve_wan("metro-a-metro-c=1ms", chain({"metro-a", "metro-b"}));
            }),
            "WAN setting 'metro-a-metro-c=1ms': no pair of sites 'metro-a-metro-c' in topology 'chain'; did you mean "
            "'metro-a-metro-b'? expected one of metro-a-metro-b");
  EXPECT_EQ(usage_error_of([] {
              resolve_wan("a-b=1ms/b-a=2ms", chain({"a", "b"}));
            }),
            "WAN setting 'a-b=1ms/b-a=2ms' names the pair 'b-a' twice");
}

TEST(Wan, RefusesToGuessWhichDashPartsTwoNames) {
  // "x-y-z" is x with y-z, or x-y with z.
  EXPECT_EQ(usage_error_of([] {
              resolve_wan("x-y-z=1ms", chain({"x", "y-z", "x-y", "z"}));
            }),
            "WAN setting 'x-y-z=1ms': 'x-y-z' can mean two pairs of sites of topology 'chain'; rename a site");
}

TEST(Wan, RefusesAFactorThatMakesAbsurdDelays) {
  EXPECT_EQ(usage_error_of([] {
              resolve_wan("x1e300", chain({"a", "b"}));
            }),
            "WAN setting 'x1e+300' makes an RTT longer than 10 min");
}

}  // namespace
TEST(WanSetting, AnyQualityMayBeOnePairsOwn) {
  const auto topology = chain({"a", "b", "c"});
  const auto setting = resolve_wan("+10ms:loss=1%/b-a=native:loss=2%:rate=10Gbit/s/b-c=5ms:jitter=1ms", topology);
  EXPECT_EQ(setting.id, "+10ms:loss=1%/b-a=native:loss=2%:rate=10Gbit/s/b-c=5ms:jitter=1ms");
  EXPECT_THAT(setting.pairs, ElementsAre(PairWan{0, 1, 12ms, 0ms, {0.02}, from_bits_per_second(10e9)},
                                         PairWan{0, 2, 14ms, 0ms, {0.01}, {}}, PairWan{1, 2, 5ms, 1ms, {0.01}, {}}));
  EXPECT_EQ(normalised("a-b=10ms:queue=4MiB"), "native:queue=4194304B/a-b=10ms");  // links have queues, not pairs
  EXPECT_EQ(normalised("native/a-b=10ms"), "a-b=10ms");
  EXPECT_THAT(usage_error_of([] { parse_wan_axis("native:queue=1MiB/a-b=1ms:queue=2MiB"); }),
              testing::HasSubstr("given twice"));
}

}  // namespace longhaul
