#include "topologies/wan_events.hpp"

#include <gtest/gtest.h>

#include "tests/topologies/raises.hpp"
#include "topologies/load.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;
using Kind = wan::Event::Kind;

Topology campuses() { return load_topology(LONGHAUL_SOURCE_DIR "/topologies/catalogue/three-campus-mesh.yaml"); }

std::vector<wan::Event> events(const std::string& list) {
  return read_wan_events(parse_wan_events("events:\n" + list, "e.yaml"), campuses());
}

TEST(WanEvents, AreReadInOrderOfTime) {
  const auto all = events(
      "  - {at: 30 s, brownout: north-south, rate: 10 %, loss: 1 %}\n"
      "  - {at: 10 s, cut: north-east, protection: 50 ms, for: 5 s}\n");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].at, 10s);
  EXPECT_EQ(all[0].kind, Kind::cut);
  EXPECT_EQ(all[0].link, 2u);
  EXPECT_EQ(all[0].protection, 50ms);
  EXPECT_EQ(all[1].at, 15s);
  EXPECT_EQ(all[1].kind, Kind::restore);
  EXPECT_EQ(all[1].link, 2u);
  EXPECT_EQ(all[2].kind, Kind::brownout);
  EXPECT_DOUBLE_EQ(all[2].rate_share, 0.1);
  EXPECT_DOUBLE_EQ(all[2].loss, 0.01);
}

TEST(WanEvents, AnUnprotectedCutStaysOneAndARerouteIsAtOnce) {
  const auto all = events("  - {at: 0 s, cut: north-east}\n  - {at: 1 s, reroute: south-east}\n");
  EXPECT_EQ(all[0].protection, wan::Event::kUnprotected);
  EXPECT_EQ(all[1].protection, 0ns);
}

TEST(WanEvents, AreDescribedForPeople) {
  const auto all = events(
      "  - {at: 1 s, cut: north-east, protection: 50 ms}\n  - {at: 2 s, brownout: north-south, rate: 10 %, loss: 1 %}\n"
      "  - {at: 3 s, restore: north-south}\n");
  EXPECT_EQ(describe(all[0], campuses()), "cut north-east, round it after 50 ms");
  EXPECT_EQ(describe(all[1], campuses()), "brownout north-south to 10 % of its rate, 1 % loss");
  EXPECT_EQ(describe(all[2], campuses()), "restore north-south");
}

TEST(WanEvents, SayWhereTheyAreWrong) {
  const auto error = [](const char* list) { return usage_error_of([&] { events(list); }); };
  EXPECT_EQ(
      error("  - {at: 1 s, cut: north-eest}\n"),
      "e.yaml:2:20: no link 'north-eest' in topology 'three-campus-mesh'; did you mean 'north-east'? expected one "
      "of north-south, south-east, north-east");
  EXPECT_EQ(error("  - {at: 1 s, for: 2 s}\n"),
            "e.yaml:2:5: no event; expected one of cut, restore, brownout, reroute with the link's name");
  EXPECT_EQ(error("  - {at: 1 s, cut: north-east, restore: north-east}\n"),
            "e.yaml:2:5: an event is one of cut, restore, brownout, reroute, not both cut and restore");
  EXPECT_EQ(error("  - {at: 1 s, brownout: north-east}\n"),
            "e.yaml:2:5: a brownout needs a 'rate' (share of the link's own) or a 'loss'");
  EXPECT_EQ(error("  - {at: 1 s, brownout: north-east, rate: 0}\n"),
            "e.yaml:2:5: a link that carries nothing is cut; expected a rate above 0, or 'cut'");
}

}  // namespace
}  // namespace longhaul
