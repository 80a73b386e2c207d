#include "topologies/wan/loss.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

using longhaul::wan::Loss;

namespace {

std::vector<std::uint64_t> places_lost(Loss loss, std::uint64_t packets) {
  std::vector<std::uint64_t> lost;
  for (std::uint64_t packet = 0; packet < packets; ++packet)
    if (loss.next()) lost.push_back(packet);
  return lost;
}

}  // namespace

TEST(Loss, LosesTheShareAskedForWithinFourStandardDeviations) {
  constexpr std::uint64_t kPackets = 1'000'000;
  for (const double share : {0.0001, 0.01, 0.3}) {
    const auto lost = static_cast<double>(places_lost(Loss(share, 1), kPackets).size());
    EXPECT_NEAR(lost, kPackets * share, 4 * std::sqrt(kPackets * share * (1 - share))) << share;
  }
}

TEST(Loss, LosesEachPacketIndependently) {
  // After a loss, the next packet is lost as often as any other.
  const auto lost = places_lost(Loss(0.2, 3), 500'000);
  std::size_t neighbours = 0;
  for (std::size_t i = 1; i < lost.size(); ++i) neighbours += lost[i] == lost[i - 1] + 1;
  EXPECT_NEAR(static_cast<double>(neighbours) / static_cast<double>(lost.size()), 0.2, 0.006);
}

TEST(Loss, IsTheSameFromTheSameSeed) {
  EXPECT_EQ(places_lost(Loss(0.01, 7), 10'000), places_lost(Loss(0.01, 7), 10'000));
  EXPECT_NE(places_lost(Loss(0.01, 7), 10'000), places_lost(Loss(0.01, 8), 10'000));
}

TEST(Loss, AskedAboutManyAtOnceLosesTheSamePackets) {
  Loss loss(0.05, 9);
  std::vector<std::uint64_t> lost;
  std::uint64_t at = 0;
  for (std::uint64_t burst = 1; at < 10'000; burst = burst % 45 + 1) {
    std::uint64_t left = burst;
    while (left > 0) {
      const auto through = loss.lost_before(left);
      at += through;
      left -= through;
      if (left == 0) break;
      lost.push_back(at++);
      --left;
    }
  }
  EXPECT_EQ(lost, places_lost(Loss(0.05, 9), at));
}

TEST(Loss, NoneOrAllNeedNoChance) {
  EXPECT_TRUE(places_lost(Loss(0, 1), 1000).empty());
  EXPECT_EQ(places_lost(Loss(1, 1), 1000).size(), 1000u);
}

TEST(Loss, ANewShareHoldsFromTheNextPacketOn) {
  Loss loss(0, 1);
  loss.set(1);
  EXPECT_TRUE(loss.next());
  loss.set(0);
  EXPECT_FALSE(loss.next());
}
