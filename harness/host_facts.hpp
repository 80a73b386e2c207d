#pragma once
#include <filesystem>
#include <map>
#include <string>

namespace longhaul {

/// What a host and a process on it are, as far as it shows in measurements: name → text as people read it. A fact that
/// cannot be read is left out.
///
///   longhaul, kernel, processor, cores
///   governor            of all cores: "performance", "performance, powersave"
///   clock source        "tsc"
///   congestion control  of new TCP connections
///   TCP receive buffer, TCP send buffer   at most, bytes
///   interfaces          rate and MTU of those that are up, loopback aside: "100 Gbit/s MTU 9000 ×2"
///   locked memory, open files             soft limits of this process: "unlimited" or a number
///   NCCL_…, UCX_…, FI_…                   variables, but for those that could be secrets
using HostFacts = std::map<std::string, std::string>;

/// @param root  where /proc and /sys are looked for
HostFacts host_facts(const std::filesystem::path& root = "/");

}  // namespace longhaul
