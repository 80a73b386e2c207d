#include "topologies/lab/scale.hpp"

#include <gtest/gtest.h>

#include "sample_topology.hpp"
#include "topologies/error.hpp"

namespace longhaul {

TEST(Scale, AutoIsTheSmallestRoundDivisorThatFitsTheFastestRate) {
  // The NICs are fastest: 800 Gbit/s / 200 = 4 Gbit/s, just the bound.
  EXPECT_EQ(choose_scale("auto", three_in_a_row()), (Scale{200, false}));
}

TEST(Scale, AutoCountsAllMembersOfALink) {
  auto topology = three_in_a_row();
  topology.links[0].members.count = 16;  // 1.6 Tbit/s: 400 is not round, 500 is
  EXPECT_EQ(choose_scale("auto", topology).divisor, 500);
}

TEST(Scale, AutoLeavesSlowTopologiesAlone) {
  Topology slow;
  slow.sites.push_back({"a", {"a1"}, 1, {"Ethernet", from_bits_per_second(1e9)}});
  EXPECT_EQ(choose_scale("auto", slow).divisor, 1);
}

TEST(Scale, TakesADivisorOfTheUsersOwn) { EXPECT_EQ(choose_scale("1:37", three_in_a_row()), (Scale{37, false})); }

TEST(Scale, UncappedHasNoRates) {
  const auto scale = choose_scale("uncapped", three_in_a_row());
  EXPECT_EQ(format_scale(scale), "uncapped");
  EXPECT_EQ(scaled(from_bits_per_second(1e9), scale).value, 0);
}

TEST(Scale, DividesRates) {
  EXPECT_DOUBLE_EQ(bits_per_second(scaled(from_bits_per_second(400e9), {500, false})), 0.8e9);
  EXPECT_EQ(format_scale({500, false}), "1:500");
}

TEST(Scale, RefusesWhatIsNoScale) {
  for (const char* text : {"", "1:0", "1:", "1:-5", "1:2x", "2:1", "fast"})
    EXPECT_THROW(choose_scale(text, three_in_a_row()), UsageError) << text;
}

}  // namespace longhaul
