#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "topologies/lab/lab.hpp"

namespace longhaul {

/// The lab's address plan: site s (from 0) is 10.(s+1).0.0/16, its hosts count from 10.(s+1).0.1, its gateway is
/// 10.(s+1).255.254. All of it exists only in the lab's own network namespaces.
std::string site_network(std::size_t site);
std::string site_gateway(std::size_t site);
/// Where all sites are: 10.0.0.0/8.
std::string wan_network();

/// The site an address (host byte order) lies in, of `sites` there are.
std::optional<std::size_t> site_of_address(std::uint32_t address, std::size_t sites);

/// The hosts of the lab: the first hosts_per_site of each site, sites in order.
/// @throws UsageError for a count below one, a site without hosts, a host of two sites, or more than the plan can
/// address
std::vector<LabHost> lab_hosts(const LabOptions& options);

}  // namespace longhaul
