#include "harness/launch/relay.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

const std::string kWarning =
    "[metro-a01:00028] plm:rsh: Warning: setpgid(34,34) failed in parent with errno=Permission denied(13)\n";

std::string all_of(Relay& relay, const std::string& text, std::size_t step) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += step) out += relay.pass(text.substr(at, step));
  return out + relay.rest();
}

TEST(Relay, DropsTheWarningHoweverItIsCutUp) {
  for (const std::size_t step : {1, 7, 1000}) {
    Relay relay;
    EXPECT_EQ(all_of(relay, "before\n" + kWarning + "after\n", step), "before\nafter\n");
  }
}

TEST(Relay, PassesEverythingElse) {
  const std::string text = "[metro-a01:00028] mca_base_component: something real\n[1,0] x\r\x1b[Kround 1/8\n[open";
  Relay relay;
  EXPECT_EQ(all_of(relay, text, 3), text);
}

TEST(Relay, PassesProgressBeforeItsLineHasEnded) {
  Relay relay;
  EXPECT_EQ(relay.pass("\r\x1b[Kround 1/8"), "\r\x1b[Kround 1/8");
}

}  // namespace
}  // namespace longhaul
