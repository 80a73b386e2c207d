#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "topologies/lab/fault.hpp"
#include "topologies/model.hpp"
#include "topologies/wan_control.hpp"

namespace longhaul {

/// How a topology is shrunk to one machine.
struct LabOptions {
  Topology topology;
  int hosts_per_site = 2;      ///< the first N hosts of each site (all, where a site has fewer)
  int slots = 1;               ///< ranks a host is meant to carry
  std::string scale = "auto";  ///< "auto", "1:N", or "uncapped" (scale.hpp)
  std::string congestion_control = "cubic";
  std::string faults{};  ///< planted on purpose (fault.hpp)
  /// Where packets between sites wait: "queue" (in the kernel, a netfilter queue), "tun" (in the emulator, copied in
  /// and out through TUN devices), or "auto": the first of these that the machine offers.
  std::string gateway = "auto";
};

struct LabHost {
  std::string name, site, address;
  int slots = 1;
};

/// What a running lab looks like from inside; also kept as lab.json in its folder.
struct LabFabric {
  std::string id;
  /// State: lab.json, control socket; removed with the lab. Programs for the lab's processes may be written to its
  /// subfolder launch/, which only they see.
  std::filesystem::path folder;
  Topology topology;
  std::vector<LabHost> hosts;  ///< sites in order
  std::string interface;       ///< name of every host's NIC
  int scale = 1;               ///< rates are 1:scale
  bool uncapped = false;
  std::string congestion_control;
  LabFaults faults;     ///< inside the lab only their text is known
  std::string gateway;  ///< "queue" or "tun"
};

/// Called once the fabric is up, before COMMAND: may write files into fabric.folder; returns variables for COMMAND.
using PrepareLaunch = std::function<std::map<std::string, std::string>(const LabFabric&)>;

/// Bring the fabric up, run `command` in the first host (with LONGHAUL_LAB=<folder>), tear down, return its exit code
/// (128 + signal when killed). Everything lives in namespaces of its own that end with the lab, also under kill -9.
/// @throws EnvironmentError naming the missing permission and the way to give it
int run_lab(const LabOptions& options, const PrepareLaunch& prepare, const std::vector<std::string>& command);

/// Run a command inside one host of a running lab (of LONGHAUL_LAB), from inside the lab. Replaces the process on
/// success.
/// @throws UsageError for a host that is not there
[[noreturn]] void enter_lab_host(const LabFabric& fabric, const std::string& host,
                                 const std::vector<std::string>& command);

/// The same from outside the lab, as its user: runs the command there, returns its exit code (128 + signal when
/// killed).
int visit_lab_host(const LabFabric& fabric, const std::string& host, const std::vector<std::string>& command);

/// This user's labs that live, oldest name first.
std::vector<LabFabric> running_labs();

/// Folders of labs whose process is gone; removes them and returns what was removed.
std::vector<std::string> clean_labs();

/// The lab this process runs in, from $LONGHAUL_LAB; absent outside.
std::unique_ptr<LabFabric> current_lab();

/// The running emulator's control.
std::unique_ptr<WanControl> connect_lab(const LabFabric& fabric);

}  // namespace longhaul
