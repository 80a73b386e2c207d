#include "topologies/text.hpp"

#include <gmock/gmock.h>

namespace longhaul {
namespace {

using testing::ElementsAre;

TEST(Split, TrimsItsPartsAndKeepsEmptyOnes) {
  EXPECT_THAT(split(" a ,b\t,, c", ','), ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split("a,", ','), ElementsAre("a", ""));
}

TEST(Trimmed, LeavesBlanksInside) {
  EXPECT_EQ(trimmed("\t a b  "), "a b");
  EXPECT_EQ(trimmed("   "), "");
}

TEST(OneLine, HasNoControlCharacters) { EXPECT_EQ(one_line("a\r\nb\x1b[31m\x7f µ"), "a  b [31m  µ"); }

TEST(Counted, KnowsThePlural) {
  EXPECT_EQ(counted(0, "link"), "0 links");
  EXPECT_EQ(counted(1, "host"), "1 host");
  EXPECT_EQ(counted(2, "host"), "2 hosts");
}

}  // namespace
}  // namespace longhaul
