#include "collectives/mpi/world.hpp"

#include <gtest/gtest.h>
#include <mpi.h>

#include <bit>
#include <chrono>
#include <map>
#include <set>

#include "ranks.hpp"

namespace {
/// Whom this rank has received from.
std::set<int> heard_from;
}  // namespace

/// In place of the library's, by its profiling interface.
int MPI_Recv(void* buffer, int count, MPI_Datatype type, int source, int tag, MPI_Comm ranks, MPI_Status* status) {
  heard_from.insert(source);
  return PMPI_Recv(buffer, count, type, source, tag, ranks, status);
}

namespace longhaul {
namespace {

using test::ranks;

TEST(World, NamesTheHostOfEveryRank) {
  ASSERT_EQ(ranks().hosts().size(), static_cast<std::size_t>(ranks().size()));
  for (int rank = 0; rank < ranks().size(); ++rank) EXPECT_FALSE(ranks().host(rank).empty());
}

TEST(World, NumbersTheRanksOfOneHostFromZero) {
  if (ranks().hosts() != std::vector<std::string>(static_cast<std::size_t>(ranks().size()), ranks().host(0)))
    GTEST_SKIP() << "ranks run on several hosts; this test wants them on one";
  EXPECT_EQ(ranks().local().rank, ranks().rank());
  EXPECT_EQ(ranks().local().size, ranks().size());
}

TEST(World, BroadcastsValuesTextAndVectorsOfAnyLength) {
  const int root = ranks().size() - 1;
  const bool is_root = ranks().rank() == root;
  EXPECT_EQ(ranks().broadcast(is_root ? 2.5 : -1.0, root), 2.5);
  EXPECT_EQ(ranks().broadcast(std::string(is_root ? "all_reduce" : "something longer than that"), root), "all_reduce");
  EXPECT_EQ(ranks().broadcast(is_root ? std::vector<int>{1, 2, 3} : std::vector<int>{}, root),
            (std::vector<int>{1, 2, 3}));
  EXPECT_TRUE(ranks().broadcast(std::vector<int>(is_root ? 0 : 7), root).empty());
}

TEST(World, GathersOneValueOfEachRankOnRankZero) {
  const auto all = ranks().gather(ranks().rank() * 10);
  ASSERT_EQ(all.size(), ranks().rank() == 0 ? static_cast<std::size_t>(ranks().size()) : 0U);
  for (std::size_t rank = 0; rank < all.size(); ++rank) EXPECT_EQ(all[rank], static_cast<int>(rank) * 10);
}

TEST(World, GathersVectorsOfDifferentLengthAndTexts) {
  const std::vector<double> mine(static_cast<std::size_t>(ranks().rank()) * 1000, ranks().rank() + 0.5);
  const auto all = ranks().gather(mine);
  ASSERT_EQ(all.size(), ranks().rank() == 0 ? static_cast<std::size_t>(ranks().size()) : 0U);
  for (std::size_t rank = 0; rank < all.size(); ++rank)
    EXPECT_EQ(all[rank], std::vector<double>(rank * 1000, static_cast<double>(rank) + 0.5));
  const auto texts = ranks().gather(std::string(static_cast<std::size_t>(ranks().rank()), 'x'));
  for (std::size_t rank = 0; rank < texts.size(); ++rank) EXPECT_EQ(texts[rank], std::string(rank, 'x'));
}

TEST(World, GathersTextsByATreeSoThatNoRankHearsAllOthers) {
  heard_from.clear();
  ranks().gather(std::string("what one rank saw"));
  const auto steps = static_cast<std::size_t>(std::bit_width(static_cast<unsigned>(ranks().size() - 1)));
  EXPECT_LE(heard_from.size(), steps);
  if (ranks().rank() == 0) {
    EXPECT_EQ(heard_from.size(), steps) << "or it heard by other calls than this test watches";
  }
}

TEST(World, AgreesOnlyWhenAllDo) {
  const int last = ranks().size() - 1;
  EXPECT_TRUE(ranks().all_agree(true));
  EXPECT_FALSE(ranks().all_agree(ranks().rank() != last));
  EXPECT_TRUE(ranks().any(ranks().rank() == last));
  EXPECT_FALSE(ranks().any(false));
}

TEST(World, TellsWhoHadTheGreatestValueOfEachElementLowestRankFirst) {
  const double rank = ranks().rank();
  const auto greatest = ranks().max_with_rank({rank, -rank, 7.0});
  if (ranks().rank() != 0) {
    EXPECT_TRUE(greatest.empty());
    return;
  }
  ASSERT_EQ(greatest.size(), 3U);
  EXPECT_EQ(greatest[0].value, ranks().size() - 1);
  EXPECT_EQ(greatest[0].rank, ranks().size() - 1);
  EXPECT_EQ(greatest[1].value, 0);
  EXPECT_EQ(greatest[1].rank, 0);
  EXPECT_EQ(greatest[2].rank, 0) << "a tie goes to the lowest rank";
  EXPECT_TRUE(ranks().max_with_rank({}).empty());
}

TEST(World, PassesValuesBetweenTwoRanks) {
  struct Stamp {
    std::int64_t time;
    int sequence;
  };
  if (ranks().rank() == 0) {
    for (int peer = 1; peer < ranks().size(); ++peer) {
      ranks().send(peer, Stamp{1'000'000'007LL * peer, peer});
      EXPECT_EQ(ranks().receive<int>(peer), peer + 1);
    }
  } else {
    const auto stamp = ranks().receive<Stamp>(0);
    EXPECT_EQ(stamp.time, 1'000'000'007LL * ranks().rank());
    ranks().send(0, stamp.sequence + 1);
  }
}

TEST(World, TurnsAnMpiErrorIntoOneThatNamesRankHostAndCall) {
  try {
    ranks().send(ranks().size(), 1);
    FAIL() << "sending to a rank that is not there succeeded";
  } catch (const EnvironmentError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find(fmt::format("rank {} ({}): MPI_Send failed: ", ranks().rank(), ranks().host(ranks().rank()))),
              std::string::npos)
        << text;
    EXPECT_EQ(error.exit_code(), ExitCode::environment);
  }
}

TEST(ShortLibraryName, KeepsNameAndVersion) {
  EXPECT_EQ(
      short_library_name("Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4, May 26, 2022"),
      "Open MPI v4.1.4");
  EXPECT_EQ(short_library_name("MPICH Version:\t4.0.2\nMPICH Release date:\tThu Apr  7 12:34:45 CDT 2022\n"),
            "MPICH 4.0.2");
  EXPECT_EQ(short_library_name("Intel(R) MPI Library 2021.9 for Linux* OS\n"),
            "Intel(R) MPI Library 2021.9 for Linux* OS");
}

TEST(LocalRank, IsTheInnermostLaunchersWord) {
  const auto told = [](std::map<std::string, std::string> set) {
    return told_local_rank([&](const char* name) {
      const auto found = set.find(name);
      return found == set.end() ? nullptr : found->second.c_str();
    });
  };
  EXPECT_EQ(told({}), -1);
  EXPECT_EQ(told({{"SLURM_LOCALID", "3"}}), 3);
  EXPECT_EQ(told({{"SLURM_LOCALID", "0"}, {"OMPI_COMM_WORLD_LOCAL_RANK", "2"}}), 2) << "mpirun in a batch script";
  EXPECT_EQ(told({{"MPI_LOCALRANKID", "1"}, {"SLURM_LOCALID", "0"}}), 1);
  for (const char* bad : {"", "x", "1x", "-1"}) EXPECT_EQ(told({{"SLURM_LOCALID", bad}}), -1) << bad;
}

TEST(World, FindsAllRanksOfThisMachineOnOneNode) {
  EXPECT_EQ(ranks().nodes(), std::vector<int>(static_cast<std::size_t>(ranks().size()), 0));
  EXPECT_EQ(ranks().device_place().rank, ranks().rank());
  EXPECT_EQ(ranks().device_place().size, ranks().size());
}

TEST(World, MeetsUnlessARankTellsItsLastWord) {
  EXPECT_TRUE(ranks().meet());
  ranks().barrier();  // who is still in meet() would hear rank 0's last word
  if (ranks().size() == 1) return;
  const auto patience = std::chrono::seconds(5);
  const bool late = ranks().rank() == 0;
  EXPECT_TRUE(late || !ranks().meet());
  const auto words = ranks().exchange_last(ranks().rank(), patience);
  EXPECT_EQ(words.back(), ranks().size() - 1);
  EXPECT_TRUE(!late || ranks().meet());
}

}  // namespace
}  // namespace longhaul
