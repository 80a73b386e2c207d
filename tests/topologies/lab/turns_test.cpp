#include "topologies/lab/turns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace longhaul {
namespace {

using testing::ElementsAre;

std::vector<int> first_cores(int count) {
  std::vector<int> cores(static_cast<std::size_t>(count));
  std::iota(cores.begin(), cores.end(), 0);
  return cores;
}

TEST(Turns, NeighbouringHostsShareACoreWhereCoresAreFew) {
  const auto cores = first_cores(2);
  EXPECT_THAT(host_cores(cores, 0, 4), ElementsAre(0));
  EXPECT_THAT(host_cores(cores, 1, 4), ElementsAre(0));
  EXPECT_THAT(host_cores(cores, 2, 4), ElementsAre(1));
  EXPECT_THAT(host_cores(cores, 3, 4), ElementsAre(1));
}

TEST(Turns, AsManyHostsAsCoresHaveOneEach) {
  const auto cores = first_cores(4);
  for (int host = 0; host < 4; ++host)
    EXPECT_THAT(host_cores(cores, static_cast<std::size_t>(host), 4), ElementsAre(host));
}

TEST(Turns, TheEmulatorHasACoreOfItsOwnWhereThereAreMoreCoresThanHosts) {
  const std::vector<int> cores = {2, 3, 6, 7, 8};
  EXPECT_THAT(host_cores(cores, 0, 2), ElementsAre(2, 3));
  EXPECT_THAT(host_cores(cores, 1, 2), ElementsAre(6, 7));
  EXPECT_THAT(emulator_cores(cores), ElementsAre(8));
}

TEST(Turns, EveryHostHasACoreWhateverTheNumbers) {
  for (int count = 1; count <= 9; ++count)
    for (std::size_t hosts = 1; hosts <= 12; ++hosts)
      for (std::size_t host = 0; host < hosts; ++host)
        EXPECT_THAT(host_cores(first_cores(count), host, hosts), testing::Not(testing::IsEmpty()));
}

TEST(Turns, AProcessKeepsToItsCores) {
  const auto before = allowed_cores(0);
  keep_to(emulator_cores(before));
  EXPECT_THAT(allowed_cores(0), ElementsAre(before.back()));
  keep_to(before);
  EXPECT_EQ(allowed_cores(0), before);
}

}  // namespace
}  // namespace longhaul
