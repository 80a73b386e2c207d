#include "results/conditions.hpp"

#include <gtest/gtest.h>

#include "sample_results.hpp"

namespace longhaul {
namespace {

LaunchRow in_the_lab() { return sample::launch_rows().front(); }

TEST(Conditions, AreTheSameForAnotherVersionOrHost) {
  auto later = in_the_lab();
  later.version = later.library = later.kernel = "another";
  EXPECT_FALSE(first_difference(in_the_lab(), later));
}

TEST(Conditions, DifferBetweenAnEmulatedFabricAndARealOne) {
  auto real = in_the_lab();
  real.wan_engine = "none";
  real.scale = 1;
  const auto difference = first_difference(in_the_lab(), real);
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->what, "what imposes the WAN");
  EXPECT_EQ(difference->a, "lab");
  EXPECT_EQ(difference->b, "none");
  real.plan_text = "";  // imported: it does not say
  EXPECT_FALSE(first_difference(in_the_lab(), real));
}

TEST(Conditions, DifferBetweenAnUncappedLabAndOneAtTheTopologysRates) {
  auto uncapped = in_the_lab(), full = in_the_lab();
  uncapped.scale = uncapped_scale;
  full.scale = 1;
  const auto difference = first_difference(uncapped, full);
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->a, "uncapped");
  EXPECT_EQ(difference->b, "1:1");
}

}  // namespace
}  // namespace longhaul
