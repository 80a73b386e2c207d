#include "collectives/net/settings.hpp"

#include <gtest/gtest.h>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

TEST(NetSettings, ReadARingAsItIsWritten) {
  EXPECT_EQ(parse_ring("0-2-1-3"), (std::vector<int>{0, 2, 1, 3}));
  EXPECT_EQ(ring_text({0, 2, 1, 3}), "0-2-1-3");
  EXPECT_TRUE(parse_ring("").empty());
  for (const char* bad : {"0-", "-1", "0,1", "a", "0--1"}) EXPECT_THROW(parse_ring(bad), UsageError) << bad;
}

TEST(NetSettings, RefuseWhatCannotBe) {
  NetSettings settings;
  EXPECT_NO_THROW(check(settings, 4));
  settings.ring = {0, 1, 1, 3};
  EXPECT_THROW(check(settings, 4), UsageError);
  settings.ring = {3, 1, 0, 2};
  EXPECT_NO_THROW(check(settings, 4));
  settings.channels = 0;
  EXPECT_THROW(check(settings, 4), UsageError);
  settings.channels = 1;
  settings.chunking.buffer = 1000;
  EXPECT_THROW(check(settings, 4), UsageError);
}

}  // namespace
}  // namespace longhaul
