#include "collectives/observation.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

TEST(Observation, JoinsTheWordsOfAllRanksEachOnce) {
  const auto all = observations({text_of({"RING,TREE", "LL", "P2P/CUMEM", "none", 4}),
                                 text_of({"TREE", "SIMPLE", "NET/IB/GDRDMA,P2P/CUMEM", "mlx5_0:1", 16})});
  EXPECT_EQ(all.algorithm, "RING,TREE");
  EXPECT_EQ(all.protocol, "LL,SIMPLE");
  EXPECT_EQ(all.transport, "NET/IB/GDRDMA,P2P/CUMEM");
  EXPECT_EQ(all.nic, "mlx5_0:1");
  EXPECT_EQ(all.channels, 16);
}

TEST(Observation, IsUnknownOnlyWhereNoRankKnows) {
  const auto some = observations({text_of({}), text_of({"RING", "unknown", "unknown", "unknown", -1})});
  EXPECT_EQ(some.algorithm, "RING");
  EXPECT_EQ(some.protocol, "unknown");
  EXPECT_EQ(some.channels, -1);
  EXPECT_EQ(observations({}).transport, "unknown");
}

}  // namespace
}  // namespace longhaul
