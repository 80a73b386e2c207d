#include "topologies/wan/jitter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "topologies/wan/delay_line.hpp"

using namespace longhaul::wan;
using namespace std::chrono_literals;

TEST(Jitter, IsEvenOverItsRangeAndNeverNegative) {
  Jitter jitter(10us, 1);
  constexpr int kDraws = 100'000;
  double sum = 0;
  Duration least = 1s, most{};
  for (int i = 0; i < kDraws; ++i) {
    const auto extra = jitter.next();
    sum += static_cast<double>(extra.count());
    least = std::min(least, extra);
    most = std::max(most, extra);
  }
  EXPECT_NEAR(sum / kDraws, 5000, 4 * 2887 / std::sqrt(kDraws));
  EXPECT_GE(least, 0ns);
  EXPECT_LT(least, 10ns);
  EXPECT_LE(most, 10us);
  EXPECT_GT(most, 10us - 10ns);
}

TEST(Jitter, IsNothingWhereNoneIsAskedFor) { EXPECT_EQ(Jitter(0ns, 1).next(), 0ns); }

TEST(DelayLine, ReleasesInOrderEvenWhenJitterWouldOvertake) {
  Jitter jitter(5ms, 2);
  DelayLine<int> line;
  Time last{};
  int clamped = 0;
  for (int packet = 0; packet < 1000; ++packet) {
    const auto wanted = packet * 100us + 10ms + jitter.next();
    const auto due = line.push(wanted, packet);
    EXPECT_GE(due, wanted);
    EXPECT_GE(due, last);
    EXPECT_LE(due, packet * 100us + 15ms);  // never more than the most there can be
    clamped += due > wanted;
    last = due;
  }
  EXPECT_GT(clamped, 100);
  for (int packet = 0; packet < 1000; ++packet) EXPECT_EQ(line.pop(), packet);
}
