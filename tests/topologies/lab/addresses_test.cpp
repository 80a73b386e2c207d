#include "topologies/lab/addresses.hpp"

#include <gtest/gtest.h>

#include "sample_topology.hpp"
#include "topologies/error.hpp"

namespace longhaul {

TEST(Addresses, TakeTheFirstHostsOfEachSiteInOrder) {
  const auto hosts = lab_hosts({.topology = three_in_a_row(), .hosts_per_site = 2, .slots = 3});
  ASSERT_EQ(hosts.size(), 6u);
  EXPECT_EQ(hosts[0].name, "a1");
  EXPECT_EQ(hosts[0].address, "10.1.0.1");
  EXPECT_EQ(hosts[3].name, "b2");
  EXPECT_EQ(hosts[3].site, "b");
  EXPECT_EQ(hosts[3].address, "10.2.0.2");
  EXPECT_EQ(hosts[3].slots, 3);
}

TEST(Addresses, TakeAllHostsWhereASiteHasFewer) {
  auto topology = three_in_a_row();
  topology.sites[1].hosts.resize(1);
  EXPECT_EQ(lab_hosts({.topology = topology, .hosts_per_site = 3}).size(), 7u);
}

TEST(Addresses, RefuseMoreHostsThanAnySiteHas) {
  EXPECT_THROW(lab_hosts({.topology = three_in_a_row(), .hosts_per_site = 64}), UsageError);
}

TEST(Addresses, GoOnInTheNextBlockAfter254Hosts) {
  Topology large;
  large.sites.push_back({"a", {}, 1, {}});
  for (int i = 0; i < 300; ++i) large.sites[0].hosts.push_back("h" + std::to_string(i));
  const auto hosts = lab_hosts({.topology = large, .hosts_per_site = 300});
  EXPECT_EQ(hosts[253].address, "10.1.0.254");
  EXPECT_EQ(hosts[254].address, "10.1.1.1");
}

TEST(Addresses, TellTheirSite) {
  EXPECT_EQ(site_of_address(0x0a010001, 3), 0u);
  EXPECT_EQ(site_of_address(0x0a03fffe, 3), 2u);
  EXPECT_FALSE(site_of_address(0x0a040001, 3));
  EXPECT_FALSE(site_of_address(0x0a000001, 3));
  EXPECT_FALSE(site_of_address(0xe0000001, 3));
}

TEST(Addresses, RefuseLabsThatCannotBe) {
  EXPECT_THROW(lab_hosts({.topology = three_in_a_row(), .hosts_per_site = 0}), UsageError);
  EXPECT_THROW(lab_hosts({.topology = three_in_a_row(), .hosts_per_site = 1, .slots = 0}), UsageError);
  EXPECT_THROW(lab_hosts({.topology = {}}), UsageError);
  auto empty_site = three_in_a_row();
  empty_site.sites[1].hosts.clear();
  EXPECT_THROW(lab_hosts({.topology = empty_site}), UsageError);
  auto twice = three_in_a_row();
  twice.sites[1].hosts = twice.sites[0].hosts;
  EXPECT_THROW(lab_hosts({.topology = twice}), UsageError);
}

}  // namespace longhaul
