#include "harness/backend.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

TEST(SharedDevice, IsFoundOnOneHostOnly) {
  EXPECT_EQ(shared_device({"a", "a", "b"}, {0, 0, 2}, {"01", "02", "01"}), "");
  EXPECT_EQ(shared_device({"a", "a"}, {0, 1}, {"01", "01"}), "") << "two nodes' containers of one name";
  EXPECT_EQ(shared_device({"a", "a"}, {0, 0}, {"", ""}), "") << "host memory";
  EXPECT_EQ(shared_device({"a", "b", "a"}, {0, 1, 0}, {"01", "01", "01"}).substr(0, 37),
            "ranks 0 and 2 share GPU 01 of host a;");
}

}  // namespace
}  // namespace longhaul
