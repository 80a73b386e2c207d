// GoogleTest on every rank of an MPI job: mpirun -np 4 mpi_test. Rank 0 reports as usual, the others only what fails.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ranks.hpp"

namespace longhaul::test {
namespace {

World* the_world = nullptr;

/// Tells failures with the rank that saw them.
class FailuresOnly : public testing::EmptyTestEventListener {
 public:
  explicit FailuresOnly(int rank) : rank_(rank) {}

 private:
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (result.failed())
      fmt::print("rank {}: {}:{}: {}\n", rank_, result.file_name() != nullptr ? result.file_name() : "an exception",
                 result.line_number(), result.message());
  }
  int rank_;
};

}  // namespace

World& ranks() { return *the_world; }

}  // namespace longhaul::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  longhaul::World world;
  longhaul::test::the_world = &world;
  if (world.rank() != 0) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new longhaul::test::FailuresOnly(world.rank()));
  }
  const bool passed = RUN_ALL_TESTS() == 0;
  return world.all_agree(passed) ? 0 : 1;
}
