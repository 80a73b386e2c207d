#include "harness/reporter.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

TEST(ProgressLine, TellsRoundVisitsConvergenceTimeLeftAndTheLastPoint) {
  ProgressNews news{131,
                    360,
                    40,
                    72,
                    2,
                    5,
                    "all_gather flat 64 KiB +10ms",
                    0.0123,
                    std::chrono::seconds(20),
                    std::chrono::seconds(34)};
  EXPECT_EQ(
      progress_line(news),
      "round 2/5 · 131 of ≤360 visits · 40 of 72 points converged · 0:34 left · all_gather flat 64 KiB +10ms 12.3 ms");
  news.left = Duration{-1};
  EXPECT_EQ(progress_line(news),
            "round 2/5 · 131 of ≤360 visits · 40 of 72 points converged · all_gather flat 64 KiB +10ms 12.3 ms");
}

}  // namespace
}  // namespace longhaul
