#include "collectives/layout.hpp"

#include <gtest/gtest.h>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

using Sites = std::vector<int>;

TEST(LayoutOf, SortsRanksIntoSites) {
  const auto layout = layout_of(Sites{0, 0, 1, 1});
  EXPECT_EQ(layout.sites, (std::vector<Sites>{{0, 1}, {2, 3}}));
  EXPECT_EQ(layout.site_of_rank, (Sites{0, 0, 1, 1}));
  EXPECT_EQ(layout.index_in_site, (Sites{0, 1, 0, 1}));
  EXPECT_TRUE(layout.contiguous());
}

TEST(LayoutOf, FollowsInterleavedRanks) {
  const auto layout = layout_of(Sites{1, 0, 1, 0});
  EXPECT_EQ(layout.sites, (std::vector<Sites>{{1, 3}, {0, 2}}));
  EXPECT_EQ(layout.site_of_rank, (Sites{1, 0, 1, 0}));
  EXPECT_EQ(layout.index_in_site, (Sites{0, 0, 1, 1}));
  EXPECT_FALSE(layout.contiguous());
}

TEST(LayoutOf, SkipsSitesWithoutRanks) {
  const auto layout = layout_of(Sites{7, 2, 7});
  EXPECT_EQ(layout.site_count(), 2);
  EXPECT_EQ(layout.sites, (std::vector<Sites>{{1}, {0, 2}}));
  EXPECT_EQ(layout.site_of_rank, (Sites{1, 0, 1}));
}

TEST(LayoutOf, RefusesNoRanksAndRanksWithoutASite) {
  EXPECT_THROW(layout_of(Sites{}), UsageError);
  EXPECT_THROW(layout_of(Sites{0, -1}), UsageError);
}

TEST(Layout, HasAsManyRailsAsItsSmallestSiteHasRanks) {
  EXPECT_EQ(layout_of(Sites{0, 0, 0, 0, 0, 1, 1, 1}).rails(), 3);
  EXPECT_EQ(layout_of(Sites{0, 1, 2}).rails(), 1);
  EXPECT_EQ(layout_of(Sites{0, 0, 0}).rails(), 3);
}

TEST(Layout, NamesLeadersAndRails) {
  const auto layout = layout_of(Sites{0, 0, 0, 0, 0, 1, 1, 1});
  EXPECT_EQ(leaders(layout), (Sites{0, 5}));
  EXPECT_EQ(rail(layout, 2), (Sites{2, 7}));
  EXPECT_EQ(leaders(layout_of(Sites{2, 1, 0, 2, 1, 0})), (Sites{2, 1, 0}));
}

TEST(PlacementText, RunsRanksTogether) {
  EXPECT_EQ(placement_text(Sites{0, 0, 1, 1}), "2a,2b");
  EXPECT_EQ(placement_text(Sites{0, 1, 0, 1}), "1a,1b,1a,1b");
  EXPECT_EQ(placement_text(Sites{0, 0, 0, 0, 0, 1, 1, 1}), "5a,3b");
  EXPECT_EQ(placement_text(Sites{0, 1, 1, 2}), "1a,2b,1c");
  EXPECT_EQ(placement_text(Sites{25, 26, 27, 701, 702}), "1z,1aa,1ab,1zz,1aaa");
}

TEST(ParsePlacement, ReadsWhatWasWritten) {
  for (const Sites& sites :
       {Sites{0}, Sites{0, 0, 1, 1}, Sites{1, 0, 1, 0, 0}, Sites{2, 2, 0}, Sites{25, 26, 701, 702}})
    EXPECT_EQ(parse_placement(placement_text(sites)), sites);
}

TEST(ParsePlacement, RefusesAnythingElse) {
  for (const char* text : {"", "2", "a", "2a,", ",2a", "0a", "-1a", "2A", "2a 2b", "2a,b", "99999999999a"})
    EXPECT_THROW(parse_placement(text), UsageError) << text;
}

TEST(DevicePlace, IsWhatTheLauncherTold) {
  const std::vector<int> told{1, 0, 1, 0}, nodes{0, 0, 2, 2};
  EXPECT_EQ(device_place(told, nodes, 0).rank, 1);
  EXPECT_EQ(device_place(told, nodes, 3).rank, 0);
  EXPECT_EQ(device_place(told, nodes, 3).size, 2);
}

TEST(DevicePlace, IsCountedWhereNotAllWereToldOrTwoTheSame) {
  const std::vector<int> nodes{0, 1, 0, 0};
  for (const auto& told : {std::vector<int>{0, 0, 1, -1}, {0, 0, 0, 1}, {-1, -1, -1, -1}}) {
    EXPECT_EQ(device_place(told, nodes, 1).rank, 0);
    EXPECT_EQ(device_place(told, nodes, 2).rank, 1);
    EXPECT_EQ(device_place(told, nodes, 3).rank, 2);
    EXPECT_EQ(device_place(told, nodes, 3).size, 3);
  }
}

TEST(LocalPlace, CountsRanksOfTheSameHost) {
  const std::vector<std::string> hosts{"a1", "b1", "a1", "a1"};
  EXPECT_EQ(local_place(hosts, 0).rank, 0);
  EXPECT_EQ(local_place(hosts, 2).rank, 1);
  EXPECT_EQ(local_place(hosts, 3).rank, 2);
  EXPECT_EQ(local_place(hosts, 3).size, 3);
  EXPECT_EQ(local_place(hosts, 1).size, 1);
}

}  // namespace
}  // namespace longhaul
