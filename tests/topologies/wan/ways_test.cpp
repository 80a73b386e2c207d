#include "topologies/wan/ways.hpp"

#include <gtest/gtest.h>

using namespace longhaul::wan;
using namespace std::chrono_literals;

namespace {

using Way = std::vector<std::uint32_t>;

/// north 0, south 1, east 2: as in the catalogue's three-campus-mesh.
const std::vector<Edge> kMesh{{0, 1, 225us}, {1, 2, 299us}, {0, 2, 446us}};

std::vector<LinkState> avoiding(std::size_t link) {
  std::vector<LinkState> states(3);
  states[link].avoided = true;
  return states;
}

}  // namespace

TEST(Ways, TakesTheLeastDelay) {
  EXPECT_EQ(shortest_way(3, kMesh, {}, 0, 2), Way{2});
  EXPECT_EQ(way_delay(kMesh, Way{2}), 446us);
}

TEST(Ways, GoesRoundALinkThatIsAvoided) {
  EXPECT_EQ(shortest_way(3, kMesh, avoiding(2), 0, 2), (Way{0, 1}));
  EXPECT_EQ(shortest_way(3, kMesh, avoiding(2), 2, 0), (Way{1, 0}));
  EXPECT_EQ(way_delay(kMesh, Way{0, 1}), 524us);
}

TEST(Ways, StaysWhereThereIsNoOtherWay) {
  const std::vector<Edge> line{{0, 1, 1ms}};
  EXPECT_EQ(shortest_way(2, line, std::vector<LinkState>{{true, true, 1, 0}}, 0, 1), Way{0});
}

TEST(Ways, TiesGoToFewerLinksThenToTheLinkDeclaredFirst) {
  const std::vector<Edge> edges{{0, 1, 1ms}, {1, 2, 1ms}, {0, 2, 2ms}, {0, 2, 2ms}};
  EXPECT_EQ(shortest_way(3, edges, {}, 0, 2), Way{2});
  EXPECT_EQ(shortest_way(3, edges, {}, 2, 0), Way{2});
}

TEST(Ways, NothingJoinsWhatNoLinkJoins) {
  EXPECT_TRUE(shortest_way(3, std::vector<Edge>{{0, 1, 1ms}}, {}, 0, 2).empty());
  EXPECT_TRUE(shortest_way(3, kMesh, {}, 1, 1).empty());
}

TEST(Ways, ASettingKeepsItsDifferenceOnAnotherWay) {
  EXPECT_EQ(delay_on(446us, 446us, 524us), 524us);    // native
  EXPECT_EQ(delay_on(5446us, 446us, 524us), 5524us);  // +10 ms of round trip
  EXPECT_EQ(delay_on(0us, 446us, 400us), 0us);        // never below zero
}
