#include "topologies/netem/prefixes.hpp"

#include <gmock/gmock.h>

#include <random>
#include <set>

namespace longhaul {
namespace {

constexpr std::uint32_t kBase = 10U << 24 | 2U << 16;

TEST(Prefixes, JoinWholeBlocksAndNothingElse) {
  std::vector<std::uint32_t> addresses;
  for (std::uint32_t i = 0; i < 6; ++i) addresses.push_back(kBase + i);
  std::vector<std::string> texts;
  for (const auto& prefix : exact_prefixes(addresses)) texts.push_back(text_of(prefix));
  EXPECT_THAT(texts, testing::ElementsAre("10.2.0.0/30", "10.2.0.4/31"));
}

TEST(Prefixes, DoNotJoinNeighboursOfTwoBlocks) {
  EXPECT_EQ(exact_prefixes({kBase + 1, kBase + 2}).size(), 2u);
  EXPECT_EQ(exact_prefixes({kBase + 1, kBase + 1}).size(), 1u);
}

TEST(Prefixes, HoldExactlyTheAddressesGivenWhateverTheyAre) {
  std::mt19937 random(1);
  for (int round = 0; round < 100; ++round) {
    std::set<std::uint32_t> wanted;
    for (unsigned i = 0; i < 1 + random() % 300; ++i) wanted.insert(kBase + random() % 512);
    std::set<std::uint32_t> held;
    std::size_t sum = 0;
    for (const auto& prefix : exact_prefixes({wanted.begin(), wanted.end()}))
      for (std::uint32_t i = 0; i < std::uint32_t{1} << (32 - prefix.length); ++i) {
        held.insert(prefix.address + i);
        ++sum;
      }
    ASSERT_EQ(held, wanted);
    ASSERT_EQ(sum, wanted.size());  // no address twice
  }
}

}  // namespace
}  // namespace longhaul
