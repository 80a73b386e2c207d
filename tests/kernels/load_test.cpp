#include "kernels/load.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace longhaul {
namespace {

TEST(Load, TakesAsManyStepsAsAskedOnEveryElement) {
  std::vector<float> values{0.0F, 1.0F, 1.5F};
  load(values.data(), values.size(), 2);  // x/2 + 3/4 twice
  EXPECT_EQ(values, (std::vector<float>{1.125F, 1.375F, 1.5F}));
  load(values.data(), 1, 0);
  EXPECT_EQ(values[0], 1.125F);
}

}  // namespace
}  // namespace longhaul
