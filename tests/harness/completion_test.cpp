#include "harness/completion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longhaul {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const OptionText kCollective{{"--collective"}, "LIST", "what to measure", {"all_reduce", "all_gather", "broadcast"}};
const OptionText kOutput{{"-o", "--output"}, "FILE", "the result", {}};
const OptionText kInPlace{{"--in-place"}, "", "one buffer", {}};
const OptionText kTopologyName{{"NAME"}, "TEXT", "a topology", {"two-campus-metro", "transatlantic"}, true};

const VerbText kProgram{"longhaul",
                        "",
                        "",
                        {{{"--version"}, "", "", {}}},
                        {{"run", "", "", {kCollective, kOutput, kInPlace}, {}},
                         {"report", "", "", {kOutput}, {}},
                         {"topology", "", "", {}, {{"list", "", "", {}, {}}, {"show", "", "", {kTopologyName}, {}}}}}};

TEST(Completion, OffersVerbsFirst) { EXPECT_THAT(complete(kProgram, {"r"}), ElementsAre("run", "report")); }

TEST(Completion, OffersAllVerbsBeforeAnythingIsTyped) {
  EXPECT_THAT(complete(kProgram, {""}), ElementsAre("run", "report", "topology"));
  EXPECT_THAT(complete(kProgram, {}), ElementsAre("run", "report", "topology"));
}

TEST(Completion, OffersTheOptionsOfTheVerbOnly) {
  EXPECT_THAT(complete(kProgram, {"run", "--"}), ElementsAre("--collective", "--output", "--in-place"));
  EXPECT_THAT(complete(kProgram, {"report", "-"}), ElementsAre("-o", "--output"));
}

TEST(Completion, OffersTheValuesOfAnOption) {
  EXPECT_THAT(complete(kProgram, {"run", "--collective", "all_g"}), ElementsAre("all_gather"));
}

TEST(Completion, ContinuesAListAfterItsLastComma) {
  EXPECT_THAT(complete(kProgram, {"run", "--collective", "broadcast,all_"}),
              ElementsAre("broadcast,all_reduce", "broadcast,all_gather"));
}

TEST(Completion, OffersNoValueOfAListTwice) {
  EXPECT_THAT(complete(kProgram, {"run", "--collective", "all_reduce,all_"}), ElementsAre("all_reduce,all_gather"));
}

TEST(Completion, ReadsTheEqualsSignJoinedAsZshDoesAndSplitAsBashDoes) {
  EXPECT_THAT(complete(kProgram, {"run", "--collective=br"}), ElementsAre("--collective=broadcast"));
  EXPECT_THAT(complete(kProgram, {"run", "--collective", "=", "br"}), ElementsAre("broadcast"));
  EXPECT_THAT(complete(kProgram, {"run", "--collective", "="}), ElementsAre("all_reduce", "all_gather", "broadcast"));
}

TEST(Completion, LeavesFilesToTheShell) { EXPECT_THAT(complete(kProgram, {"run", "-o", ""}), IsEmpty()); }

TEST(Completion, DescendsIntoInnerVerbsAndTheirArguments) {
  EXPECT_THAT(complete(kProgram, {"topology", ""}), ElementsAre("list", "show"));
  EXPECT_THAT(complete(kProgram, {"topology", "show", "tr"}), ElementsAre("transatlantic"));
}

TEST(Completion, DoesNotTakeAnOptionsValueForAVerb) {
  EXPECT_THAT(complete(kProgram, {"run", "-o", "report", "--in"}), ElementsAre("--in-place"));
}

TEST(Completion, TakesNoValueForAFlag) {
  EXPECT_THAT(complete(kProgram, {"run", "--in-place", "--coll"}), ElementsAre("--collective"));
}

TEST(Completion, StaysOutOfACommandAfterTwoDashes) {
  EXPECT_THAT(complete(kProgram, {"run", "--", "--coll"}), IsEmpty());
}

}  // namespace
}  // namespace longhaul
