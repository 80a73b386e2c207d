#include "results/looks.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "gate_sample.hpp"
#include "results/merge.hpp"
#include "tests/topologies/scratch.hpp"

namespace longhaul {
namespace {

/// A measurement of its own: launches have random ids.
Results measured(const std::string& id, int visits = 5) {
  auto run = run_of({1e-3}, visits);
  run.launches[0].id = id;
  return run;
}

TEST(CountLook, CountsEachStateOfARunOnce) {
  const Scratch scratch;
  EXPECT_EQ(count_look({scratch / "run.h5"}, measured("a")), 1);
  EXPECT_EQ(count_look({scratch / "run.h5"}, measured("a")), 1);
  EXPECT_EQ(count_look({scratch / "run.h5"}, measured("a", 9)), 2) << "it grew";
  EXPECT_EQ(count_look({scratch / "run.h5"}, measured("a", 9)), 2);
  EXPECT_EQ(count_look({scratch / "run.h5"}, measured("a")), 1);
}

TEST(CountLook, CountsAnotherMeasurementIntoTheSameFileThoughItHasAsManyVisits) {
  const Scratch scratch;
  EXPECT_EQ(count_look({scratch / "run.h5"}, measured("a")), 1);
  EXPECT_EQ(count_look({scratch / "run.h5"}, measured("b")), 2);
}

TEST(CountLook, TakesFilesInAnyOrderForTheSameRun) {
  const Scratch scratch;
  const auto a = measured("a"), b = measured("b");
  EXPECT_EQ(count_look({scratch / "a.h5"}, a), 1);
  EXPECT_EQ(count_look({scratch / "a.h5", scratch / "b.h5"}, merge({a, b})), 2) << "a alone was judged before";
  EXPECT_EQ(count_look({scratch / "b.h5", scratch / "a.h5"}, merge({b, a})), 2);
  EXPECT_EQ(count_look({scratch / "b.h5"}, b), 2) << "its own ledger knows of the look at both";
}

TEST(StateOf, IsTheSameWhateverTheOrderOfVisits) {
  auto run = measured("a");
  const auto before = state_of(run);
  std::ranges::reverse(run.visits);
  EXPECT_EQ(state_of(run), before);
  run.visits[0].median *= 1.001;
  EXPECT_NE(state_of(run), before);
}

}  // namespace
}  // namespace longhaul
