#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

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
///   NIC rate            bit/s of all NICs that are up together, where they tell; of real ones: no tunnels, no bridges
///   locked memory, open files             soft limits of this process: "unlimited" or a number
///   NCCL_…, UCX_…, FI_…, OMPI_MCA_…, PMIX_MCA_…, PRTE_MCA_…   variables, but for those that could be secrets and those
///                       by which a launcher tells each rank its own
using HostFacts = std::map<std::string, std::string>;

/// Whether a fact is such a variable.
bool is_library_variable(std::string_view name);

/// @param root  where /proc and /sys are looked for
HostFacts host_facts(const std::filesystem::path& root = "/");

}  // namespace longhaul
