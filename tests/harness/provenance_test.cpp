#include "harness/provenance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace longhaul {
namespace {

using ::testing::MatchesRegex;

TEST(KeptVariables, AreTheLibrariesOwnAndHarmlessSlurmOnes) {
  for (const auto* name : {"NCCL_ALGO", "OMPI_MCA_btl", "PMIX_MCA_psec", "PRTE_MCA_rmaps", "UCX_TLS", "FI_PROVIDER",
                           "SLURM_JOB_ID", "SLURM_NTASKS"})
    EXPECT_TRUE(is_kept_variable(name)) << name;
}

TEST(KeptVariables, LeaveOutSecretsAndEverythingElse) {
  for (const auto* name : {"SLURM_JWT", "OMPI_MCA_secret_word", "AWS_SECRET_ACCESS_KEY", "HOME", "PATH", "GITHUB_TOKEN",
                           "SLURM_SPANK_PASSWORD", "OMPI_MCA_some_secret_TOKEN", "NCCL_API_KEY", "LD_PRELOAD",
                           "OMPI_MCA_orte_precondition_transports", "OMPI_MCA_initial_wdir"})
    EXPECT_FALSE(is_kept_variable(name)) << name;
}

TEST(KeptEnvironment, IsSortedLines) {
  const std::array<const char*, 5> environment{"PATH=/bin", "UCX_TLS=rc", "SLURM_JWT=eyJ", "NCCL_ALGO=Ring", nullptr};
  EXPECT_EQ(kept_environment(environment.data()), "NCCL_ALGO=Ring\nUCX_TLS=rc");
}

TEST(NcclDifference, IsWhatNcclDoesOtherwiseAndThePlanDoesNotSet) {
  const auto none = [](const std::string&) { return false; };
  const auto difference = nccl_difference("NCCL_IB_TC=106\nUCX_TLS=rc", "NCCL_IB_TC=41", none);
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->what + difference->a + difference->b, "NCCL_IB_TC10641");
  EXPECT_TRUE(nccl_difference("", "NCCL_BUFFSIZE=1", none));
  EXPECT_FALSE(nccl_difference("", "NCCL_BUFFSIZE=1", [](const auto& name) { return name == "NCCL_BUFFSIZE"; }));
  EXPECT_FALSE(nccl_difference("NCCL_DEBUG=INFO\nOMPI_MCA_btl=tcp", "NCCL_RAS_ADDR=::1:9", none));
}

TEST(QuotedCommand, ReadsBackAsTheSameWords) {
  const std::array<std::string, 5> words{"longhaul", "run", "a b", "it's", ""};
  EXPECT_EQ(quoted_command(words), "longhaul run 'a b' 'it'\\''s' ''");
}

TEST(Timestamp, IsIso8601InUtc) {
  EXPECT_THAT(timestamp_now(), MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"));
}

TEST(RandomId, DiffersEachTime) {
  EXPECT_NE(random_id(), random_id());
  EXPECT_EQ(random_id().size(), 16U);
}

TEST(DescribeMachine, KnowsVersionKernelAndCores) {
  const auto launch = describe_machine();
  EXPECT_FALSE(launch.version.empty());
  EXPECT_THAT(launch.kernel, ::testing::StartsWith("Linux "));
  EXPECT_GE(launch.cores, 1);
}

}  // namespace
}  // namespace longhaul
