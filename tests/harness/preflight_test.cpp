#include "harness/preflight.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longhaul {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

const std::vector<std::string> kHosts{"a1", "a1", "b1"};

PreflightRow row_of(const std::string& name, const std::vector<HostFacts>& facts, const PreflightTerms& terms = {},
                    const std::vector<PathMtu>& paths = {}) {
  for (const auto& row : preflight(kHosts, facts, paths, terms))
    if (row.name == name) return row;
  ADD_FAILURE() << "no row " << name;
  return {};
}

std::vector<HostFacts> all_say(const std::string& name, const std::string& value) {
  return {3, HostFacts{{name, value}}};
}

TEST(Preflight, IsReadyWhereAllSayTheSame) {
  const auto row = row_of("kernel", all_say("kernel", "6.1.0"));
  EXPECT_EQ(row.readiness, Readiness::ready);
  EXPECT_EQ(row.found, "6.1.0");
  EXPECT_EQ(row.remedy, "");
}

TEST(Preflight, NamesTheHostsThatDiffer) {
  auto facts = all_say("kernel", "6.1.0");
  facts[2]["kernel"] = "6.5.0";
  const auto row = row_of("kernel", facts);
  EXPECT_EQ(row.readiness, Readiness::doubtful);
  EXPECT_EQ(row.found, "6.1.0 on a1; 6.5.0 on b1");
}

TEST(Preflight, WantsOneVersionAndOneSetOfVariables) {
  for (const auto* name : {"longhaul", "library", "NCCL_ALGO", "OMPI_MCA_btl"}) {
    auto facts = all_say(name, "1");
    facts[2].clear();
    facts[2]["kernel"] = "6.1.0";
    const auto row = row_of(name, facts);
    EXPECT_EQ(row.readiness, Readiness::unfit) << name;
    EXPECT_EQ(row.found, "1 on a1; none on b1") << name;
  }
}

TEST(Preflight, DoubtsOtherParametersOfMpiThatDiffer) {
  auto facts = all_say("OMPI_MCA_mpi_yield_when_idle", "1");
  facts[2].clear();
  const auto row = row_of("OMPI_MCA_mpi_yield_when_idle", facts);
  EXPECT_EQ(row.readiness, Readiness::doubtful);
  EXPECT_EQ(row.remedy, "set it alike for all ranks");
}

TEST(Preflight, HoldsNicsAgainstTheTopologysRate) {
  PreflightTerms terms;
  terms.host_rates = {{50e9}, {50e9}, {25e9}};  // 400 Gbit/s at site a, 200 Gbit/s at site b
  auto facts = all_say("NIC rate", "200000000000");
  const auto slow = row_of("NIC rates", facts, terms);
  EXPECT_EQ(slow.readiness, Readiness::doubtful);  // though all hosts are alike
  EXPECT_EQ(slow.found, "200 Gbit/s of 400 Gbit/s on a1; 200 Gbit/s on b1");
  EXPECT_THAT(slow.remedy, HasSubstr("host_rate"));
  EXPECT_EQ(row_of("NIC rates", all_say("NIC rate", "401000000000"), terms).readiness, Readiness::ready);
  EXPECT_EQ(row_of("NIC rates", facts).readiness, Readiness::ready) << "no topology says anything";
}

TEST(Preflight, HasNoRowForNicsThatTellNoRate) {
  PreflightTerms terms;
  terms.host_rates = {{50e9}, {50e9}, {50e9}};
  for (const auto& row : preflight(kHosts, all_say("kernel", "6.1.0"), {}, terms)) EXPECT_NE(row.name, "NIC rates");
}

TEST(Preflight, KnowsWhatScattersTimes) {
  EXPECT_EQ(row_of("governor", all_say("governor", "powersave")).readiness, Readiness::doubtful);
  EXPECT_EQ(row_of("governor", all_say("governor", "performance")).readiness, Readiness::ready);
  EXPECT_EQ(row_of("clock source", all_say("clock source", "hpet")).readiness, Readiness::doubtful);
  EXPECT_EQ(row_of("clock source", all_say("clock source", "tsc")).readiness, Readiness::ready);
}

TEST(Preflight, WantsFilesForConnectionsToAllRanks) {
  EXPECT_EQ(row_of("open files", all_say("open files", "100"), {10}).readiness, Readiness::unfit);
  EXPECT_EQ(row_of("open files", all_say("open files", "104"), {10}).readiness, Readiness::ready);
  EXPECT_EQ(row_of("open files", all_say("open files", "unlimited"), {10}).readiness, Readiness::ready);
}

TEST(Preflight, WantsLockedMemoryForAdaptersOnly) {
  const auto facts = all_say("locked memory", "8388608");
  EXPECT_EQ(row_of("locked memory", facts, {1, false}).readiness, Readiness::ready);
  EXPECT_EQ(row_of("locked memory", facts, {1, true}).readiness, Readiness::doubtful);
}

TEST(Preflight, HoldsBuffersAgainstTheLongestPath) {
  const PreflightTerms terms{1, false, 12ms, BytesPerSecond{1.25e9}};  // 10 Gbit/s: 15 MB in flight
  const auto row = row_of("TCP receive buffer", all_say("TCP receive buffer", "6291456"), terms);
  EXPECT_EQ(row.readiness, Readiness::doubtful);
  EXPECT_THAT(row.remedy, HasSubstr("tcp_rmem='4096 131072 30000000'"));
  EXPECT_EQ(row_of("TCP receive buffer", all_say("TCP receive buffer", "15000000"), terms).readiness, Readiness::ready);
}

TEST(Preflight, SeesWallClocksApart) {
  auto facts = all_say("unix time", "1700000000000000000");
  EXPECT_EQ(row_of("wall clocks", facts).found, "agree to a second");
  facts[2]["unix time"] = "1700000003200000000";
  const auto row = row_of("wall clocks", facts);
  EXPECT_EQ(row.readiness, Readiness::doubtful);
  EXPECT_EQ(row.found, "a1 is 3.2 s behind b1");
}

TEST(Preflight, SeesPathsThatSwallowLargePackets) {
  const auto facts = all_say("kernel", "6.1.0");
  EXPECT_EQ(row_of("path MTU", facts, {}, {{"a", "b", 1500, 1500}, {"a", "c", 9000, 9000}}).found, "1500, 9000");
  const auto swallowed = row_of("path MTU", facts, {}, {{"a", "b", 9000, 1500}});
  EXPECT_EQ(swallowed.readiness, Readiness::unfit);
  EXPECT_EQ(swallowed.found, "a–b 1500 of 9000");
  EXPECT_EQ(row_of("path MTU", facts, {}, {{"a", "b", 0, 0}}).readiness, Readiness::doubtful);
}

TEST(Preflight, SeesTroubleOfGpus) {
  EXPECT_EQ(row_of("GPU memory errors", all_say("GPU memory errors", "0")).readiness, Readiness::ready);
  EXPECT_EQ(row_of("GPU memory errors", all_say("GPU memory errors", "2")).readiness, Readiness::doubtful);
  EXPECT_EQ(row_of("NVLinks", all_say("NVLinks", "all 18 up")).readiness, Readiness::ready);
  EXPECT_EQ(row_of("NVLinks", all_say("NVLinks", "17 of 18 up")).readiness, Readiness::doubtful);
  EXPECT_EQ(row_of("CUDA-aware MPI", all_say("CUDA-aware MPI", "no")).readiness, Readiness::unfit);
}

TEST(Preflight, SaysWhatToDoBelowTheTable) {
  const auto text = preflight_text({{"governor", Readiness::doubtful, "powersave", "do this"}});
  EXPECT_THAT(text, HasSubstr("governor  doubtful  powersave\n"));
  EXPECT_THAT(text, HasSubstr("\ngovernor: do this\n"));
  EXPECT_EQ(preflight_lines({{"a", Readiness::ready, "1", ""}, {"b", Readiness::ready, "2", ""}}), "a = 1\nb = 2");
}

}  // namespace
}  // namespace longhaul
