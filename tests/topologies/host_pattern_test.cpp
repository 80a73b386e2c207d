#include "topologies/host_pattern.hpp"

#include <gmock/gmock.h>

#include "tests/topologies/raises.hpp"

namespace longhaul {
namespace {

using testing::ElementsAre;

TEST(ExpandHosts, CountsThroughARangeAndKeepsItsWidth) {
  const auto hosts = expand_hosts("gpu-a[001-128]");
  ASSERT_EQ(hosts.size(), 128u);
  EXPECT_EQ(hosts.front(), "gpu-a001");
  EXPECT_EQ(hosts.back(), "gpu-a128");
  EXPECT_THAT(expand_hosts("n[8-11]"), ElementsAre("n8", "n9", "n10", "n11"));
}

// The forms of Slurm's hostlist expressions (slurm.conf manual, NODE CONFIGURATION).
TEST(ExpandHosts, ReadsSlurmsForms) {
  EXPECT_THAT(expand_hosts("login"), ElementsAre("login"));
  EXPECT_THAT(expand_hosts("n[1-3,7]"), ElementsAre("n1", "n2", "n3", "n7"));
  EXPECT_THAT(expand_hosts("r[1-2]n[01-02]"), ElementsAre("r1n01", "r1n02", "r2n01", "r2n02"));
  EXPECT_THAT(expand_hosts("n[1-2].site.example"), ElementsAre("n1.site.example", "n2.site.example"));
  EXPECT_THAT(expand_hosts("login, gpu[1-2]"), testing::Contains("gpu2"));
}

TEST(ExpandHosts, NamesWhatIsWrongWithAPattern) {
  const auto error = [](const char* text) { return usage_error_of([&] { expand_hosts(text); }); };
  EXPECT_EQ(error(""), "host pattern '' has an empty name");
  EXPECT_EQ(error("a,,b"), "host pattern 'a,,b' has an empty name");
  EXPECT_EQ(error("a[1-3"), "host pattern 'a[1-3' has '[' without ']'");
  EXPECT_EQ(error("a1-3]"),
            "host pattern 'a1-3]' has ']' where a name was expected; names are letters, digits, '-', '.', '_' and "
            "ranges such as [001-128]");
  EXPECT_EQ(error("a[]"), "host pattern 'a[]' has '' in brackets; expected numbers such as 001-128 or 1,5,7");
  EXPECT_EQ(error("a[x-z]"), "host pattern 'a[x-z]' has 'x-z' in brackets; expected numbers such as 001-128 or 1,5,7");
  EXPECT_EQ(error("a[9-1]"), "host pattern 'a[9-1]' has the range 9-1, which runs backwards");
}

TEST(ExpandHosts, StopsAtTheBoundHoweverItIsReached) {
  EXPECT_EQ(expand_hosts("n[1-65536]").size(), kMostHosts);
  for (const auto* text :
       {"n[1-65537]", "n[0-999999999]", "a[1-300]b[1-300]", "n[1-65536],x", "a[1-40000,50000-90000]"})
    EXPECT_EQ(usage_error_of([&] { expand_hosts(text); }),
              std::string("host pattern '") + text + "' makes more than 65536 hosts");
}

TEST(ExpandHosts, DoesNotMultiplyALongNameIntoGigabytes) {
  EXPECT_THAT(usage_error_of([] { expand_hosts(std::string(1 << 20, 'a') + "[1-65536]"); }),
              testing::EndsWith("makes a name of more than 253 letters"));
}

TEST(CollapseHosts, WritesRuns) {
  EXPECT_EQ(collapse_hosts({"n1", "n2", "n3", "n7"}), "n[1-3,7]");
  EXPECT_EQ(collapse_hosts({"n08", "n09", "n10"}), "n[08-10]");
  EXPECT_EQ(collapse_hosts({"login"}), "login");
  EXPECT_EQ(collapse_hosts({"a1", "b1", "b2"}), "a1,b[1-2]");
  EXPECT_EQ(collapse_hosts({"n1", "n01"}), "n1,n01");
  EXPECT_EQ(collapse_hosts({"n1.x", "n2.x"}), "n[1-2].x");
  EXPECT_EQ(collapse_hosts({}), "");
}

TEST(CollapseHosts, IsUndoneByExpanding) {
  for (const auto* text :
       {"gpu-a[001-128]", "n[1-3,7]", "r[1-3]n[01-16]", "n[7,3,1-2]", "n[98-102]", "login,gpu[1-4],x"}) {
    const auto hosts = expand_hosts(text);
    EXPECT_EQ(expand_hosts(collapse_hosts(hosts)), hosts) << text;
  }
}

}  // namespace
}  // namespace longhaul
