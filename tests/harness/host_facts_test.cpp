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

TEST_F(HostFactsOf, AHostThatTellsLittleAreLeftOut) {
  const auto facts = host_facts(root_);
  EXPECT_FALSE(facts.contains("governor"));
  EXPECT_FALSE(facts.contains("interfaces"));
  EXPECT_TRUE(facts.contains("open files"));
  EXPECT_TRUE(facts.contains("longhaul"));
}

}  // namespace
}  // namespace longhaul
