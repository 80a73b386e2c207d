#include "topologies/model.hpp"

#include <gtest/gtest.h>

#include "tests/topologies/raises.hpp"

namespace longhaul {
namespace {

Topology two_sites() {
  Topology topology;
  topology.name = "two";
  topology.sites = {{.name = "north", .hosts = {"n1", "n2.north.example"}, .gpus_per_host = 8, .fabric = {}},
                    {.name = "south", .hosts = {"s1", "n2.south.example"}, .gpus_per_host = 4, .fabric = {}}};
  return topology;
}

TEST(SiteOf, FindsAHostByItsNameOrItsNameBeforeTheFirstDot) {
  const auto topology = two_sites();
  EXPECT_EQ(site_of(topology, "s1"), 1u);
  EXPECT_EQ(site_of(topology, "s1.cluster.example"), 1u);
  EXPECT_EQ(site_of(topology, "n2"), 0u);
  EXPECT_FALSE(site_of(topology, "login1"));
}

TEST(SiteOf, PrefersTheFullNameWhereShortOnesAgree) { EXPECT_EQ(site_of(two_sites(), "n2.south.example"), 1u); }

TEST(SiteNamed, NamesTheSitesThereAre) {
  EXPECT_EQ(site_named(two_sites(), "south"), 1u);
  EXPECT_EQ(usage_error_of([] { site_named(two_sites(), "nort"); }),
            "unknown site 'nort' in topology 'two'; did you mean 'north'? expected one of north, south");
}

TEST(Topology, CountsHostsAndGpus) {
  EXPECT_EQ(host_count(two_sites()), 4u);
  EXPECT_EQ(gpu_count(two_sites()), 2u * 8 + 2u * 4);
}

TEST(SingleSite, HoldsExactlyTheseHosts) {
  const auto topology = single_site({"h1", "h2"});
  ASSERT_EQ(topology.sites.size(), 1u);
  EXPECT_EQ(topology.sites[0].hosts, (std::vector<std::string>{"h1", "h2"}));
  EXPECT_TRUE(topology.links.empty());
}

}  // namespace
}  // namespace longhaul
