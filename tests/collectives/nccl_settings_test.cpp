#include "collectives/nccl_settings.hpp"

#include <gtest/gtest.h>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

TEST(NcclSettings, ReadsWhatIsJoinedByPlus) {
  const auto settings =
      parse_nccl_settings("graph+register+min_ctas=2+max_ctas=8+net=IB+algo=RING+proto=LL+traffic_class=3");
  EXPECT_TRUE(settings.graph && settings.registered && !settings.window && !settings.nonblocking);
  EXPECT_EQ(settings.min_ctas, 2);
  EXPECT_EQ(settings.max_ctas, 8);
  EXPECT_EQ(settings.traffic_class, 3);
  EXPECT_EQ(settings.net + settings.net_across + settings.algo + settings.proto, "IBIBRINGLL");
}

TEST(NcclSettings, NameANetWithinASiteAndOneAcross) {
  const auto settings = parse_nccl_settings("net=IB/longhaul");
  EXPECT_EQ(settings.net, "IB");
  EXPECT_EQ(settings.net_across, "longhaul");
}

TEST(NcclSettings, ShareACommunicatorUnlessTheyAreItsOwn) {
  const auto key = [](const char* text) { return parse_nccl_settings(text).communicator_key(); };
  EXPECT_EQ(key("default"), key("graph+window"));
  for (const char* own : {"nonblocking", "min_ctas=1", "max_ctas=1", "traffic_class=1", "net=IB", "net=IB/Socket",
                          "algo=TREE", "proto=LL"})
    EXPECT_NE(key("default"), key(own)) << own;
}

TEST(NcclSettings, KeepWhatIsTheProcessesApart) {
  const auto settings = parse_nccl_settings("graph+NCCL_IB_TC=106+NCCL_BUFFSIZE=8388608");
  EXPECT_TRUE(settings.graph);
  EXPECT_EQ(settings.environment_key(), "NCCL_BUFFSIZE=8388608+NCCL_IB_TC=106");
  EXPECT_EQ(settings.communicator_key(), parse_nccl_settings("default").communicator_key());
  EXPECT_EQ(parse_nccl_settings("graph").environment_key(), "");
}

TEST(NcclSettings, RefuseWhatThereIsNotAndWhatContradicts) {
  for (const char* bad : {"", "grph", "graph+", "max_ctas", "max_ctas=0", "max_ctas=65", "max_ctas=2x",
                          "net=", "net=IB/", "net=/IB", "blocking", "register+window", "min_ctas=4+max_ctas=2",
                          "default+graph", "NCCL_BUFFSIZE", "NCCL_BUFFSIZE=", "NCCL_ALGO=RING", "BUFFSIZE=1"})
    EXPECT_THROW(parse_nccl_settings(bad), UsageError) << bad;
}

}  // namespace
}  // namespace longhaul
