#include "harness/launch/slurm_config.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "topologies/host_pattern.hpp"

namespace longhaul {
namespace {

std::vector<std::string> hosts_of(const LabFabric& fabric, const std::string& site) {
  std::vector<std::string> names;
  for (const auto& host : fabric.hosts)
    if (host.site == site) names.push_back(host.name);
  return names;
}

/// A task takes a CPU, and a task that is given a GPU takes no fewer.
int cpus_of(const LabFabric& fabric, const LabHost& host) { return std::max({host.slots, gpus_of(fabric, host), 1}); }

std::string node_lines(const LabFabric& fabric) {
  std::string lines;
  for (const auto& host : fabric.hosts) {
    const int gpus = gpus_of(fabric, host);
    lines += fmt::format("NodeName={} NodeAddr={} CPUs={} Feature={}{} State=UNKNOWN\n", host.name, host.address,
                         cpus_of(fabric, host), host.site, gpus > 0 ? fmt::format(" Gres=gpu:{}", gpus) : "");
  }
  return lines;
}

std::string partition_lines(const LabFabric& fabric) {
  std::string lines = "PartitionName=all Default=YES Nodes=ALL MaxTime=INFINITE\n";
  for (const auto& site : fabric.topology.sites)
    if (const auto hosts = hosts_of(fabric, site.name); !hosts.empty())
      lines += fmt::format("PartitionName={} Nodes={} MaxTime=INFINITE\n", site.name, collapse_hosts(hosts));
  return lines;
}

}  // namespace

std::filesystem::path slurm_folder(const LabFabric& fabric) { return fabric.folder / "launch" / "slurm"; }

int gpus_of(const LabFabric& fabric, const LabHost& host) {
  for (const auto& site : fabric.topology.sites)
    if (site.name == host.site) return site.gpus_per_host;
  return 0;
}

std::string slurm_conf(const LabFabric& fabric) {
  const auto folder = slurm_folder(fabric).string();
  const auto& first = fabric.hosts.front();
  return fmt::format(
      "# Slurm of the lab {0}; written by longhaul lab --slurm.\n"
      "ClusterName={0}\n"
      "SlurmctldHost={1}({2})\n"
      "SlurmUser=root\n"
      "SlurmdUser=root\n"
      "AuthType=auth/munge\n"
      "AuthInfo=socket={3}/munge.sock,cred_expire=5\n"
      "MpiDefault=pmix\n"
      "ProctrackType=proctrack/linuxproc\n"
      "TaskPlugin=task/none\n"
      "JobAcctGatherType=jobacct_gather/none\n"
      "AccountingStorageType=accounting_storage/none\n"
      "SelectType=select/cons_tres\n"
      "SelectTypeParameters=CR_Core\n"
      "SlurmdParameters=config_overrides\n"
      "TopologyPlugin=topology/tree\n"
      "GresTypes=gpu\n"
      "ReturnToService=2\n"
      "SchedulerParameters=sched_interval=1,sched_min_interval=100000,bf_interval=1\n"
      "KillWait=10\n"
      "SlurmdTimeout=10\n"
      "StateSaveLocation={3}/state\n"
      "SlurmctldPidFile={3}/slurmctld.pid\n"
      "SlurmdPidFile={3}/slurmd.%n.pid\n"
      "SlurmctldLogFile={3}/slurmctld.log\n"
      "SlurmdLogFile={3}/slurmd.%n.log\n"
      "SlurmdSpoolDir={3}/spool.%n\n"  // one folder for several nodes makes their PMIx steps collide
      "TmpFS={3}/tmp.%n\n"
      "{4}{5}",
      fabric.id, first.name, first.address, folder, node_lines(fabric), partition_lines(fabric));
}

std::string slurm_gres_conf(const LabFabric& fabric) {
  std::string lines;
  for (const auto& host : fabric.hosts) {
    const int gpus = gpus_of(fabric, host);
    if (gpus == 0) continue;
    const auto numbers = gpus == 1 ? std::string("0") : fmt::format("[0-{}]", gpus - 1);
    lines += fmt::format("NodeName={} Name=gpu File={}/gpu{}\n", host.name, slurm_folder(fabric).string(), numbers);
  }
  return lines;
}

std::string slurm_topology_conf(const LabFabric& fabric) {
  std::string lines, switches;
  for (const auto& site : fabric.topology.sites) {
    const auto hosts = hosts_of(fabric, site.name);
    if (hosts.empty()) continue;
    lines += fmt::format("SwitchName={} Nodes={}\n", site.name, collapse_hosts(hosts));
    switches += (switches.empty() ? "" : ",") + site.name;
  }
  return lines + fmt::format("SwitchName=wan Switches={}\n", switches);
}

}  // namespace longhaul
