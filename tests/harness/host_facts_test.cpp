#include "harness/host_facts.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace longhaul {
namespace {

namespace fs = std::filesystem;

/// A /proc and /sys of our own.
class HostFactsOf : public testing::Test {
 protected:
  HostFactsOf() { fs::create_directories(root_); }
  ~HostFactsOf() override { fs::remove_all(root_); }
  void write(const fs::path& file, const std::string& text) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text << "\n";
  }
  void write_nic(const std::string& name, const std::string& speed, const std::string& state) const {
    write("sys/class/net/" + name + "/speed", speed);
    write("sys/class/net/" + name + "/mtu", "9000");
    write("sys/class/net/" + name + "/operstate", state);
  }
  const fs::path root_ = fs::temp_directory_path() / ("host-facts-" + std::to_string(::getpid()));
};

TEST_F(HostFactsOf, AHostAreReadFromItsFiles) {
  write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance");
  write("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave");
  write("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc");
  write("proc/sys/net/ipv4/tcp_congestion_control", "cubic");
  write("proc/sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456");
  write_nic("eth0", "100000", "up");
  write_nic("eth1", "100000", "up");
  write_nic("eth2", "-1", "up");
  write_nic("eth3", "1000", "down");
  const auto facts = host_facts(root_);
  EXPECT_EQ(facts.at("governor"), "performance, powersave");
  EXPECT_EQ(facts.at("clock source"), "tsc");
  EXPECT_EQ(facts.at("congestion control"), "cubic");
  EXPECT_EQ(facts.at("TCP receive buffer"), "6291456");
  EXPECT_EQ(facts.at("interfaces"), "100 Gbit/s MTU 9000 ×2, MTU 9000");
}

TEST_F(HostFactsOf, AHostHaveTheRateOfItsRealNicsTogether) {
  write_nic("eth0", "100000", "up");
  write_nic("eth1", "100000", "up");
  write_nic("eth2", "100000", "down");
  write_nic("tun0", "10000", "up");
  for (const auto* nic : {"eth0", "eth1", "eth2"}) write(fs::path("sys/class/net") / nic / "device/vendor", "0x15b3");
  EXPECT_EQ(host_facts(root_).at("NIC rate"), "200000000000");
  const fs::path port = "sys/class/infiniband/mlx5_0/ports/1";
  write(port / "rate", "400 Gb/sec (4X NDR)");
  write(port / "state", "1: DOWN");
  EXPECT_EQ(host_facts(root_).at("NIC rate"), "200000000000");
  write(port / "state", "4: ACTIVE");
  EXPECT_EQ(host_facts(root_).at("NIC rate"), "400000000000");
}

TEST(LibraryVariable, IsWhatAUserSetsNotWhatALauncherTellsItsDaemons) {
  for (const auto* name : {"NCCL_ALGO", "FI_PROVIDER", "OMPI_MCA_btl", "PMIX_MCA_psec", "PRTE_MCA_rmaps"})
    EXPECT_TRUE(is_library_variable(name)) << name;
  for (const auto* name : {"OMPI_MCA_plm", "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "open files"})
    EXPECT_FALSE(is_library_variable(name)) << name;
}

TEST_F(HostFactsOf, AHostThatTellsLittleAreLeftOut) {
  const auto facts = host_facts(root_);
  EXPECT_FALSE(facts.contains("governor"));
  EXPECT_FALSE(facts.contains("interfaces"));
  EXPECT_FALSE(facts.contains("NIC rate"));
  EXPECT_TRUE(facts.contains("open files"));
  EXPECT_TRUE(facts.contains("longhaul"));
}

}  // namespace
}  // namespace longhaul
