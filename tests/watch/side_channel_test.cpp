#include "harness/watch/side_channel.hpp"

#include <gtest/gtest.h>

#include <string>

namespace longhaul {
namespace {

TEST(SideChannel, AGreetingShowsTheTokenAndTheHost) {
  EXPECT_EQ(host_of_greeting(greeting("right", 2), "right", 3), 2u);
  EXPECT_EQ(host_of_greeting(greeting("wrong", 2), "right", 3), std::nullopt);
  EXPECT_EQ(host_of_greeting(greeting("right", 3), "right", 3), std::nullopt);  // there are 0, 1 and 2
}

TEST(SideChannel, WhatIsNoGreetingIsRefusedWhateverItIs) {
  for (const std::string line :
       {"", "x", "{", "[]", "null", "7", "\"right\"", R"({"host":"x"})", R"({"token":1})", R"({"token":"right"})",
        R"({"token":["right"],"host":0})", R"({"token":"right","host":"0"})", R"({"token":"right","host":-1})",
        R"({"token":"right","host":0.5})", R"({"token":"right","host":1e300})",
        R"({"token":"right","host":18446744073709551616})", R"({"token":null,"host":0})",
        "{\"token\":\"\xff\",\"host\":0}"})
    EXPECT_EQ(host_of_greeting(line, "right", 3), std::nullopt) << line;
  EXPECT_EQ(host_of_greeting(std::string(100'000, '['), "right", 3), std::nullopt);
}

TEST(SideChannel, WordsTravel) {
  EXPECT_EQ(heard_in(alarm_line("rank 3 is gone")).alarm, "rank 3 is gone");
  EXPECT_EQ(heard_in(fault_line("deadline")).fault, "deadline");
  EXPECT_EQ(heard_in(report_line("{}")).report, "{}");
  EXPECT_TRUE(heard_in(farewell_line()).farewell);
  EXPECT_EQ(heard_in(report_order(true)).order, "report");
  EXPECT_TRUE(heard_in(report_order(true)).failing);
  EXPECT_FALSE(heard_in(report_order(false)).failing);
  EXPECT_EQ(heard_in(let_go_order()).order, "let go");
  EXPECT_EQ(heard_in(end_order(4)).order, "end");
  EXPECT_EQ(heard_in(end_order(4)).code, 4);
}

TEST(SideChannel, TextOfAnyBytesTravels) {
  EXPECT_EQ(heard_in(fault_line("no route \xe2\x82")).fault, "no route \xef\xbf\xbd");  // half a character
}

TEST(SideChannel, WordsOfOtherTypesCountAsNotSaid) {
  for (const auto* line :
       {R"({"alarm":1,"fault":[],"report":{},"do":7,"code":"x","farewell":"yes","failing":1})", "x", "[1]"}) {
    const auto heard = heard_in(line);
    EXPECT_FALSE(heard.alarm || heard.fault || heard.report || heard.farewell || heard.failing) << line;
    EXPECT_EQ(heard.order, "");
    EXPECT_EQ(heard.code, 5);
  }
}

}  // namespace
}  // namespace longhaul
