#include "results/late_hosts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_results.hpp"

namespace longhaul {
namespace {

/// Rank 2 (east-1) is this much later than it was, in both or in finishing only.
Results late(double entry, double finish) {
  auto results = sample::results();
  for (auto& row : results.rank_summary) {
    if (row.rank != 2) continue;
    const double usual = results.visits[static_cast<std::size_t>(row.visit)].median;
    row.entry_median += entry * usual;
    row.finish_median += finish * usual;
  }
  return results;
}

TEST(LateHosts, AreNoneInAnOrdinaryRun) { EXPECT_TRUE(late_hosts(sample::results()).empty()); }

TEST(LateHosts, ThatFinishLateEnteredInTime) {
  const auto found = late_hosts(late(0, 0.5));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "east-1");
  EXPECT_THAT(found[0].text, testing::HasSubstr("finishes"));
  EXPECT_THAT(found[0].text, testing::HasSubstr("though it enters with them"));
}

TEST(LateHosts, ThatEnterLateAreToldFromThose) {
  const auto found = late_hosts(late(0.5, 0.5));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].text, testing::HasSubstr("enters"));
  EXPECT_THAT(found[0].text, testing::HasSubstr("not its network"));
}

TEST(LateHosts, NeedMoreThanAFewVisits) {
  auto results = late(0, 0.5);
  std::erase_if(results.rank_summary, [](const RankSummaryRow& row) { return row.visit >= 7; });
  EXPECT_TRUE(late_hosts(results).empty());
}

TEST(LateHosts, AreNotThoseWhoseRootsWorkEndsLater) {
  auto results = late(0, 0.5);
  for (auto& point : results.points) point.operation = "reduce";
  EXPECT_TRUE(late_hosts(results).empty());
}

}  // namespace
}  // namespace longhaul
