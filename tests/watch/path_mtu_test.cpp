#include "harness/watch/path_mtu.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

using namespace std::chrono_literals;

TEST(PathMtu, IsWhatTheLoopbackCarries) {
  const MtuEcho echo;
  const auto path = probe_mtu({{"127.0.0.1", echo.port()}}, 500ms);
  EXPECT_GE(path.route, 1500);
  EXPECT_EQ(path.passes, path.route);
}

TEST(PathMtu, TakesTheFirstAddressThatAnswers) {
  const MtuEcho echo;
  EXPECT_GT(probe_mtu({{"127.0.0.1", 9}, {"127.0.0.1", echo.port()}}, 200ms).passes, 0);
}

TEST(PathMtu, IsNoneWhereNobodyAnswers) { EXPECT_EQ(probe_mtu({{"127.0.0.1", 9}}, 50ms).passes, 0); }

}  // namespace
}  // namespace longhaul
