#include "harness/launch/slurm_config.hpp"

#include <gmock/gmock.h>

namespace longhaul {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

LabFabric three_hosts() {
  LabFabric fabric;
  fabric.id = "lab-Ab12Cd";
  fabric.folder = "/run/longhaul/lab-Ab12Cd";
  fabric.topology.sites = {{"a", {"a1", "a2"}, 4, {}}, {"b", {"b1"}, 0, {}}};
  fabric.hosts = {{"a1", "a", "10.1.0.1", 1}, {"a2", "a", "10.1.0.2", 1}, {"b1", "b", "10.2.0.1", 2}};
  return fabric;
}

}  // namespace

TEST(SlurmConfig, EveryHostIsANodeOfItsSite) {
  const auto text = slurm_conf(three_hosts());
  EXPECT_THAT(text, HasSubstr("NodeName=a2 NodeAddr=10.1.0.2 CPUs=4 Feature=a Gres=gpu:4 State=UNKNOWN\n"));
  EXPECT_THAT(text, HasSubstr("NodeName=b1 NodeAddr=10.2.0.1 CPUs=2 Feature=b State=UNKNOWN\n"));
  EXPECT_THAT(text, HasSubstr("PartitionName=a Nodes=a[1-2] "));
  EXPECT_THAT(text, HasSubstr("SlurmctldHost=a1(10.1.0.1)\n"));
  EXPECT_THAT(text, HasSubstr("SlurmdSpoolDir=/run/longhaul/lab-Ab12Cd/launch/slurm/spool.%n\n"));
}

TEST(SlurmConfig, OnlyHostsWithGpusHaveDeviceFiles) {
  const auto text = slurm_gres_conf(three_hosts());
  EXPECT_THAT(text, HasSubstr("NodeName=a1 Name=gpu File=/run/longhaul/lab-Ab12Cd/launch/slurm/gpu[0-3]\n"));
  EXPECT_THAT(text, Not(HasSubstr("NodeName=b1")));
}

TEST(SlurmConfig, ASwitchForEachSiteAndOneThatJoinsThem) {
  EXPECT_EQ(slurm_topology_conf(three_hosts()),
            "SwitchName=a Nodes=a[1-2]\nSwitchName=b Nodes=b1\nSwitchName=wan Switches=a,b\n");
}

}  // namespace longhaul
