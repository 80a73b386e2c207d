#include "collectives/observation.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

TEST(Observation, JoinsTheWordsOfAllRanksEachOnce) {
  EXPECT_EQ(joined_words({"RING,TREE", "TREE", "NVLS"}), "NVLS,RING,TREE");
  EXPECT_EQ(joined_words({"library-chosen", "library-chosen"}), "library-chosen");
}

TEST(Observation, IsUnknownOnlyWhereNothingIsKnown) {
  EXPECT_EQ(joined_words({"unknown", "RING"}), "RING");
  EXPECT_EQ(joined_words({"unknown", ""}), "unknown");
  EXPECT_EQ(joined_words({}), "unknown");
}

}  // namespace
}  // namespace longhaul
