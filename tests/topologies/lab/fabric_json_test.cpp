#include "topologies/lab/fabric_json.hpp"

#include <gtest/gtest.h>

#include "sample_topology.hpp"

namespace longhaul {

TEST(FabricJson, BringsAFabricBackWhole) {
  const auto fabric = sample_fabric();
  const auto back = fabric_from_json(nlohmann::json::parse(fabric_to_json(fabric).dump()));
  EXPECT_EQ(back.id, fabric.id);
  EXPECT_EQ(back.folder, fabric.folder);
  EXPECT_EQ(back.interface, "lh0");
  EXPECT_EQ(back.scale, 200);
  EXPECT_FALSE(back.uncapped);
  EXPECT_EQ(back.congestion_control, "cubic");
  EXPECT_EQ(back.gateway, "tun");
  ASSERT_EQ(back.hosts.size(), 2u);
  EXPECT_EQ(back.hosts[1].name, "b1");
  EXPECT_EQ(back.hosts[1].site, "b");
  EXPECT_EQ(back.hosts[1].address, "10.2.0.1");
  EXPECT_EQ(back.hosts[1].slots, 2);
}

TEST(FabricJson, BringsATopologyBackWhole) {
  auto fabric = sample_fabric();
  fabric.topology.links[0].plain_rtt.reset();
  fabric.topology.links[0].equipment_latency = std::chrono::microseconds(5);
  fabric.topology.links[0].jitter = std::chrono::nanoseconds(7);
  const auto topology = fabric_from_json(fabric_to_json(fabric)).topology;
  EXPECT_EQ(topology.name, "row");
  EXPECT_EQ(topology.text, "name: row\n");
  ASSERT_EQ(topology.sites.size(), 3u);
  EXPECT_EQ(topology.sites[2].hosts, (std::vector<std::string>{"c1", "c2", "c3"}));
  EXPECT_EQ(topology.sites[2].gpus_per_host, 8);
  EXPECT_EQ(topology.sites[2].fabric.technology, "RoCE");
  EXPECT_EQ(topology.sites[2].fabric.host_rate.value, 100e9);
  ASSERT_EQ(topology.links.size(), 2u);
  EXPECT_FALSE(topology.links[0].plain_rtt);
  EXPECT_EQ(topology.links[0].equipment_latency, std::chrono::microseconds(5));
  EXPECT_EQ(topology.links[0].jitter, std::chrono::nanoseconds(7));
  EXPECT_EQ(topology.links[1].plain_rtt, std::chrono::milliseconds(6));
  EXPECT_EQ(topology.links[1].medium, Medium::smf);
  EXPECT_EQ(topology.links[1].length.value, 100);
  EXPECT_EQ(topology.links[1].members.count, 1);
  EXPECT_EQ(topology.links[1].loss.value, 0.001);
  EXPECT_EQ(topology.links[1].b, 2u);
}

}  // namespace longhaul
