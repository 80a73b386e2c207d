#pragma once
#include <string>
#include <vector>

#include "topologies/netem/shape.hpp"
#include "topologies/wan_setting.hpp"

namespace longhaul {

/// How this host's traffic is to be shaped.
struct NetemOptions {
  std::string host;    ///< whose part of the topology this is; empty: this machine's name
  std::string device;  ///< empty: the device of the route to each other site
  Holder holder = Holder::netem;
  bool already_there = false;  ///< hosts really are as far apart as the topology says: add only what goes beyond
  std::string lease;           ///< "2h": taken away by itself after that time; empty: never
  std::string id;              ///< of the journal's entries; empty: a new one
  bool of_process = false;     ///< ends with this process, and takes no device that another set up
};

/// A device and what leaves it.
struct DevicePlan {
  ShapedDevice device;
  std::vector<Shape> shapes;
};

/// Addresses of hosts, by name.
using Resolve = std::vector<std::uint32_t> (*)(const std::string& host);
/// All IPv4 addresses the system knows for a host.
/// @throws EnvironmentError for an unknown name
std::vector<std::uint32_t> resolve_host(const std::string& host);

/// What this host sends to each other site under a setting: half of the round trip, its share of a rate that the
/// setting asks for (each host of the site an equal part), jitter and loss as they are.
/// @throws UsageError where the host is in no site of the topology
std::vector<Shape> shapes_of(const Topology& topology, const WanSetting& setting, const NetemOptions& options,
                             Resolve resolve);

/// The site of the topology that this host is in.
/// @throws UsageError where it is in none
std::size_t own_site(const Topology& topology, const NetemOptions& options);

/// Devices of this host with their shapes, each other site on the device that leads to it.
std::vector<DevicePlan> plan_devices(const Topology& topology, const WanSetting& setting, const NetemOptions& options);

/// The commands that apply_netem() would run on the devices as they stand, a line each.
std::string dry_run(const Topology& topology, const WanSetting& setting, const NetemOptions& options);

/// Shapes this host: refuses foreign disciplines, writes the journal, runs the commands, reads back what is there. A
/// host that is shaped already is changed in place where the same addresses are other sites.
/// @throws EnvironmentError; what was begun is taken back, on all devices
void apply_netem(const Topology& topology, const WanSetting& setting, const NetemOptions& options);

/// Takes back what journals and devices show of ours.
/// @param only  the entry of this id; empty: all
/// @return devices that were cleaned
std::vector<std::string> clean_netem(const std::string& only = {});

/// For a journal's entries that belong together.
std::string netem_id();

}  // namespace longhaul
