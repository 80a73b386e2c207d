#include "collectives/nccl/paths.hpp"

#include <gtest/gtest.h>

namespace longhaul::nccl {
namespace {

TEST(Paths, NameTransportAndDeviceOfEachNetwork) {
  Paths paths;
  paths.read(
      "gpu01:71:90 [0] NCCL INFO NET/IB : Using [0]mlx5_0:1/IB [1]mlx5_3:1/IB [RO]; OOB eth0:10.0.0.1<0>\n"
      "gpu01:71:90 [0] NCCL INFO Using network IB\n"
      "gpu01:71:90 [0] NCCL INFO Channel 00/0 : 7[7] -> 8[0] [receive] via NET/IB/1/GDRDMA\n"
      "gpu01:71:90 [0] NCCL INFO Channel 00/0 : 0[0] -> 1[1] via P2P/CUMEM\n"
      "gpu01:71:90 [0] NCCL INFO Channel 02/24 :    0   1   2   3\n");
  EXPECT_EQ(paths.transports(), "NET/IB/GDRDMA,P2P/CUMEM");
  EXPECT_EQ(paths.nics(), "mlx5_3:1");
}

TEST(Paths, NameTheDeviceOfASendThatGoesThroughAnotherRanksProxy) {
  Paths paths;
  paths.read(
      "NET/IB : Using [0]mlx5_0:1/IB [1]mlx5_3:1/IB [RO]; OOB eth0:10.0.0.1<0>\n"
      "Channel 00/0 : 0[0] -> 8[0] [send] via NET/IB/1(3)/GDRDMA\n"
      "Channel 01/0 : 0[0] -> 8[0] [send] via NET/IB/0(2)\n");
  EXPECT_EQ(paths.transports(), "NET/IB,NET/IB/GDRDMA");
  EXPECT_EQ(paths.nics(), "mlx5_0:1,mlx5_3:1");
}

TEST(Paths, TakeTheInterfaceOfSocketsWithoutItsAddress) {
  Paths paths;
  paths.read("a:1:2 [0] NCCL INFO NET/Socket : Using [0]eth0:10.0.0.7<0> [1]ib0:192.168.0.7<0>\n");
  paths.read("a:1:2 [0] NCCL INFO Channel 00/0 : 0[0] -> 1[0] [send] via NET/Socket/0\n");
  EXPECT_EQ(paths.transports(), "NET/Socket");
  EXPECT_EQ(paths.nics(), "eth0");
}

TEST(Paths, NameThePluginsDeviceByNumberWhereItsNameIsNotLogged) {
  Paths paths;
  paths.read("Channel 00/0 : 0[0] -> 1[0] [send] via NET/longhaul/2/Shared");
  EXPECT_EQ(paths.transports(), "NET/longhaul/Shared");
  EXPECT_EQ(paths.nics(), "longhaul/2");
}

TEST(Paths, KnowOfNoNetworkWhereAllStaysInsideAHost) {
  Paths paths;
  EXPECT_EQ(paths.nics(), "unknown");
  paths.read("Channel 00 : 0[0] -> 1[1] via SHM/direct/direct\nno news\n");
  EXPECT_EQ(paths.transports(), "SHM/direct/direct");
  EXPECT_EQ(paths.nics(), "none");
}

}  // namespace
}  // namespace longhaul::nccl
