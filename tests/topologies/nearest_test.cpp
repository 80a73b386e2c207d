#include "topologies/nearest.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

const std::vector<std::string> kVerbs{"list", "show", "check"};

TEST(Nearest, FindsAMissingWrongOrSwappedLetter) {
  EXPECT_EQ(nearest("lst", kVerbs), "list");
  EXPECT_EQ(nearest("sgow", kVerbs), "show");
  EXPECT_EQ(nearest("cehck", kVerbs), "check");
}

TEST(Nearest, DoesNotMindCase) { EXPECT_EQ(nearest("SHOW", kVerbs), "show"); }

TEST(Nearest, StaysSilentWhenMoreThanAThirdOfTheLettersDiffer) {
  EXPECT_EQ(nearest("chill", kVerbs), "");
  EXPECT_EQ(nearest("", kVerbs), "");
  EXPECT_EQ(nearest("show", {}), "");
}

TEST(Nearest, TakesTheFirstOfEquallyNear) { EXPECT_EQ(nearest("cats", {"rats", "bats"}), "rats"); }

TEST(Nearest, IgnoresWhatIsTooLongForAName) { EXPECT_EQ(nearest(std::string(100'000, 'a'), kVerbs), ""); }

TEST(DidYouMean, IsReadyForAMessage) {
  EXPECT_EQ(did_you_mean("lst", kVerbs), "did you mean 'list'? ");
  EXPECT_EQ(did_you_mean("report", kVerbs), "");
}

}  // namespace
}  // namespace longhaul
