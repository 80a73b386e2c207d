#include "topologies/netem/device.hpp"

#include <gtest/gtest.h>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

using namespace std::chrono_literals;

constexpr const char* kFresh =
    R"([{"kind":"mq","handle":"0:","root":true,"options":{}},{"kind":"fq_codel","handle":"0:","parent":":1","options":{}}])";
constexpr const char* kOurs =
    R"([{"kind":"mq","handle":"4c48:","root":true,"options":{}},{"kind":"htb","handle":"4c01:","parent":"4c48:1"},
        {"kind":"netem","handle":"5040:","parent":"4c01:1",
         "options":{"limit":83334,"delay":{"delay":0.005,"jitter":0,"correlation":0},"ecn":false,"gap":0}}])";
constexpr const char* kTheirs = R"([{"kind":"htb","handle":"1:","root":true,"options":{}}])";

TEST(Disciplines, OfTheKernelOfUsAndOfOthersAreToldApart) {
  EXPECT_EQ(owner_of(parse_disciplines(kFresh)), Owner::kernel);
  EXPECT_EQ(owner_of(parse_disciplines(kOurs)), Owner::us);
  EXPECT_EQ(owner_of(parse_disciplines(kTheirs)), Owner::other);
}

TEST(Disciplines, ReadBackHoldTheDelayThatWasAsked) {
  const auto found = parse_disciplines(kOurs);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[2].delay, 5ms);
  EXPECT_NO_THROW(require_disciplines("eth0", {{"netem", "5040:", "4c01:1", 5ms}}, found));
  EXPECT_THROW(require_disciplines("eth0", {{"netem", "5040:", "4c01:1", 6ms}}, found), EnvironmentError);
  EXPECT_THROW(require_disciplines("eth0", {{"netem", "5080:", "4c02:1", 5ms}}, found), EnvironmentError);
}

TEST(Disciplines, ThatCannotBeReadAreAnError) {
  EXPECT_THROW(parse_disciplines("{"), EnvironmentError);
  EXPECT_THROW(parse_disciplines(R"([{"handle":"1:"}])"), EnvironmentError);
}

}  // namespace
}  // namespace longhaul
