#include "harness/slurm_sites.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longhaul {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// As Slurm 22.05 prints them.
constexpr const char* kNode =
    "NodeName=gpu-a001 Arch=x86_64 CoresPerSocket=1  CPUAlloc=0 CPUTot=1 CPULoad=0.00 AvailableFeatures=west,h100 "
    "ActiveFeatures=west,h100 Gres=gpu:8 NodeAddr=10.1.0.1 State=IDLE";
constexpr const char* kSwitches =
    "SwitchName=campus-west Level=0 LinkSpeed=1 Nodes=gpu-a[001-002]\n"
    "SwitchName=wan Level=1 LinkSpeed=1 Nodes=gpu-a[001-002],gpu-b[001-002] Switches=campus-west,campus-east\n";

TEST(SlurmNames, AreActiveFeaturesAndTheSwitchesAbove) {
  EXPECT_THAT(slurm_names(kNode, kSwitches), ElementsAre("campus-west", "h100", "wan", "west"));
}

TEST(SlurmNames, AreNoneWhereSlurmSaysNothing) {
  EXPECT_THAT(slurm_names("NodeName=a ActiveFeatures=(null) State=IDLE", ""), IsEmpty());
  EXPECT_THAT(slurm_names("", ""), IsEmpty());
}

TEST(SiteBySlurm, IsNoneOutsideAJob) {
  ::unsetenv("SLURM_JOB_ID");
  EXPECT_FALSE(site_by_slurm(Topology{}, "a"));
}

}  // namespace
}  // namespace longhaul
