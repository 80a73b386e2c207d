#include "harness/watch/last_words.hpp"

#include <gtest/gtest.h>

namespace longhaul {
namespace {

LastWord word(ExitCode code, std::uint64_t sequence, const std::string& reason) {
  LastWord one;
  one.code = static_cast<int>(code);
  one.sequence = sequence;
  one.spent = sequence > 0 ? 5 : 0;
  reason.copy(one.reason, sizeof one.reason - 1);
  (sequence > 0 ? "all_reduce #" + std::to_string(sequence) + " (4 MiB)" : "").copy(one.where, sizeof one.where - 1);
  return one;
}

TEST(Obituary, NamesTheRankThatDidNotEnterAndThoseThatWait) {
  const auto waits = word(ExitCode::hung, 7, "all_reduce has not ended within 5 s");
  const auto told =
      obituary({waits, std::nullopt, waits, waits}, {"a, 0000:1b:00.0", "b, 0000:1c:00.0", "b", "b"}, "out.h5");
  EXPECT_EQ(told.code, ExitCode::hung);
  EXPECT_EQ(
      told.text,
      "rank 1 (b, 0000:1c:00.0) did not enter all_reduce #7 (4 MiB) and does not answer; ranks 0,2-3 are in all_reduce "
      "#7 (4 MiB) for 5 s; ranks 0,2-3 (a, 0000:1b:00.0, …): all_reduce has not ended within 5 s. Finished visits are "
      "in out.h5");
}

TEST(Obituary, NamesTheRankThatIsBehind) {
  const auto told =
      obituary({word(ExitCode::hung, 7, "late"), word(ExitCode::hung, 6, "late")}, {"a", "b, 0000:1b:00.0"}, "");
  EXPECT_NE(told.text.find("rank 1 (b, 0000:1b:00.0) is behind, in all_reduce #6 (4 MiB)"), std::string::npos)
      << told.text;
}

TEST(Obituary, EndsAsLostRatherThanHungWhereARankDoesNotAnswerAndOneSawALossInTime) {
  const auto hung = word(ExitCode::hung, 7, "late");
  auto lost = word(ExitCode::environment, 7, "lost rank 2");
  for (const double spent : {0.1, 3.0}) {
    lost.spent = spent;
    EXPECT_EQ(obituary({hung, lost, std::nullopt}, {"a", "b", "c"}, "").code, ExitCode::environment) << spent;
  }
}

TEST(Obituary, EndsAsHungWhereTheLossIsAnAbortAtTheDeadlineThoughTheOneThatHangsDoesNotAnswer) {
  const auto hung = word(ExitCode::hung, 7, "late");
  auto lost = word(ExitCode::environment, 7, "lost rank 0");
  lost.spent = 4.2;  // it had entered 0.8 s after the others
  EXPECT_EQ(obituary({hung, std::nullopt, lost, hung}, {"a", "b", "c", "d"}, "").code, ExitCode::hung);
}

TEST(Obituary, EndsAsHungWhereTheLossIsAnotherRanksAbortAtItsDeadline) {
  const auto hung = word(ExitCode::hung, 7, "late");
  auto lost = word(ExitCode::environment, 7, "lost rank 0");
  EXPECT_EQ(obituary({hung, lost}, {"a", "b"}, "").code, ExitCode::hung);
  lost.spent = 0.1;  // long before that deadline
  EXPECT_EQ(obituary({hung, lost}, {"a", "b"}, "").code, ExitCode::environment);
  EXPECT_EQ(obituary({lost, lost}, {"a", "b"}, "").code, ExitCode::environment);
}

TEST(Obituary, AccusesNobodyWhoRestedWhileAPairExchanged) {
  const auto waits = word(ExitCode::hung, 7, "send_recv has not ended within 5 s"), rests = word(ExitCode::done, 9, "");
  const auto told = obituary({rests, waits, std::nullopt, rests}, {"a", "b, 0000:1b:00.0", "c", "d"}, "");
  EXPECT_EQ(told.code, ExitCode::hung);
  EXPECT_EQ(
      told.text,
      "rank 2 (c) did not enter all_reduce #7 (4 MiB) and does not answer; rank 1 is in all_reduce #7 (4 MiB) for "
      "5 s; ranks 0,3 have no part in it; rank 1 (b, 0000:1b:00.0): send_recv has not ended within 5 s.");
}

TEST(Obituary, AccusesNobodyWhomNobodyWaitedFor) {
  const auto failed = word(ExitCode::environment, 7, "out of memory");
  EXPECT_EQ(obituary({std::nullopt, failed}, {"a", "b"}, "").text.substr(0, 26), "rank 0 (a) does not answer");
}

TEST(Obituary, SpeaksOfTheSetUpBeforeTheFirstCollective) {
  const auto told = obituary({word(ExitCode::hung, 0, "late"), std::nullopt}, {"a", "b"}, "");
  EXPECT_NE(told.text.find("rank 1 (b) did not enter the set-up of the communicators"), std::string::npos) << told.text;
}

TEST(RankList, JoinsNeighbours) {
  EXPECT_EQ(rank_list({0, 1, 2, 5, 7, 8}), "0-2,5,7-8");
  EXPECT_EQ(rank_list({}), "");
}

}  // namespace
}  // namespace longhaul
