#include "topologies/lab/fault.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_topology.hpp"
#include "topologies/error.hpp"
#include "topologies/lab/roads.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

LabFaults parse(const std::string& text) { return parse_faults(text, three_in_a_row(), {"a1", "b1"}); }

TEST(LabFaults, AreReadFromText) {
  const auto faults = parse("nic:a1=80%,link:b-c=+30ms,member:a-b/2=dead");
  EXPECT_EQ(faults.nic_share.at("a1"), 0.8);
  EXPECT_EQ(faults.link_delay.at("b-c"), 30ms);
  EXPECT_THAT(faults.dead_members, testing::ElementsAre(testing::Pair("a-b", 2)));
  EXPECT_TRUE(parse("").text.empty());
}

TEST(LabFaults, ThatCannotBePlantedAreRefused) {
  for (const char* text : {"nic:zz=80%", "nic:a1=0%", "nic:a1=120%", "link:zz=+1ms", "link:b-c=30ms", "member:a-b=dead",
                           "member:a-b/4=dead", "member:b-c/0=dead", "fire:a1=dead", "nonsense",
                           "member:a-b/0=dead,member:a-b/1=dead,member:a-b/2=dead,member:a-b/3=dead"})
    EXPECT_THROW(parse(text), UsageError) << text;
}

TEST(Roads, WithALongerLinkAreLongerThanAnySettingSays) {
  const auto topology = three_in_a_row();
  Roads roads(topology, {1, false}, parse("link:a-b=+30ms"));
  roads.apply(resolve_wan("a-b=0ms", topology));
  auto& network = roads.network();
  ASSERT_TRUE(network.send(0ns, 0, 1, {1, {1, 100}, 5}));
  ASSERT_TRUE(network.next_due());
  EXPECT_GE(*network.next_due(), 15ms);
  EXPECT_LT(*network.next_due(), 16ms);
}

TEST(Roads, WithADeadMemberCarryItsFlowsOverTheOthers) {
  Roads roads(three_in_a_row(), {1, false}, parse("member:a-b/2=dead"));
  auto& network = roads.network();
  for (std::uint64_t flow = 0; flow < 64; ++flow) ASSERT_TRUE(network.send(0ns, 0, 1, {flow, {1, 100}, flow}));
  while (network.next(1s)) continue;
  for (int member = 0; member < 4; ++member)
    EXPECT_EQ(network.counters(0, member).packets > 0, member != 2) << "member " << member;
}

}  // namespace
}  // namespace longhaul
