#include "harness/manual.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longhaul {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const OptionText kHelp{{"-h", "--help"}, "", "Print this help.", {}};
const OptionText kSize{{"-s", "--size"}, "RANGE", "Message sizes.", {}};
const OptionText kMode{{"--mode"}, "LIST", "How to time.", {"latency", "throughput"}};
const OptionText kName{{"NAME"}, "TEXT", ".hidden files too", {}, true};

VerbText program() {
  return {"longhaul",
          "Measures.",
          "",
          {kHelp},
          {{"run", "Measure.", "Example: longhaul run", {kHelp, kSize, kMode}, {}},
           {"topology", "Places.", "", {}, {{"show", "Draw.", "", {kName}, {}}}}}};
}

TEST(Manual, OpensWithTitleAndVersion) {
  EXPECT_THAT(manual_page(program(), "1.2.3"), StartsWith(".TH LONGHAUL 1 \"\" \"longhaul 1.2.3\""));
}

TEST(Manual, ShowsEachOptionWithItsNamesValueAndChoices) {
  const auto page = manual_page(program(), "1");
  EXPECT_THAT(page, HasSubstr(".TP\n\\fB\\-s\\fR, \\fB\\-\\-size\\fR \\fIRANGE\\fR\nMessage sizes.\n"));
  EXPECT_THAT(page, HasSubstr("One of latency, throughput.\n"));
}

TEST(Manual, ShowsHelpOnceAndNotWithEveryVerb) {
  const auto page = manual_page(program(), "1");
  EXPECT_NE(page.find("Print this help."), std::string::npos);
  EXPECT_EQ(page.find("Print this help."), page.rfind("Print this help."));
}

TEST(Manual, NamesInnerVerbsByTheirWholePath) {
  EXPECT_THAT(manual_page(program(), "1"), HasSubstr(".SS topology show\n"));
}

TEST(Manual, NeverLetsTextBecomeARequest) {
  EXPECT_THAT(manual_page(program(), "1"), HasSubstr("\n\\&.hidden files too\n"));
}

TEST(Manual, KeepsTheExampleAsTyped) {
  EXPECT_THAT(manual_page(program(), "1"), HasSubstr(".nf\nExample: longhaul run\n.fi\n"));
}

}  // namespace
}  // namespace longhaul
