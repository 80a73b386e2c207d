#include "topologies/lab/addresses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr std::size_t kMostSites = 250;
constexpr std::size_t kHostsPerBlock = 254;
constexpr std::size_t kMostHostsPerSite = kHostsPerBlock * 254;

std::string host_address(std::size_t site, std::size_t host) {
  return fmt::format("10.{}.{}.{}", site + 1, host / kHostsPerBlock, host % kHostsPerBlock + 1);
}

}  // namespace

std::string site_network(std::size_t site) { return fmt::format("10.{}.0.0/16", site + 1); }
std::string site_gateway(std::size_t site) { return fmt::format("10.{}.255.254", site + 1); }
std::string wan_network() { return "10.0.0.0/8"; }

std::optional<std::size_t> site_of_address(std::uint32_t address, std::size_t sites) {
  const std::size_t second = address >> 16 & 0xff;
  if (address >> 24 != 10 || second == 0 || second > sites) return std::nullopt;
  return second - 1;
}

std::vector<LabHost> lab_hosts(const LabOptions& options) {
  const auto& sites = options.topology.sites;
  if (options.hosts_per_site < 1)
    throw UsageError("a lab needs at least 1 host a site, not {}", options.hosts_per_site);
  if (options.slots < 1) throw UsageError("a host needs at least 1 slot, not {}", options.slots);
  if (sites.empty()) throw UsageError("topology '{}' has no sites", options.topology.name);
  if (sites.size() > kMostSites) throw UsageError("a lab holds at most {} sites, not {}", kMostSites, sites.size());
  const auto largest = std::ranges::max(sites, {}, [](const Site& site) { return site.hosts.size(); }).hosts.size();
  const auto most = std::min(largest, kMostHostsPerSite);
  if (static_cast<std::size_t>(options.hosts_per_site) >
      std::max(most, static_cast<std::size_t>(LabOptions{}.hosts_per_site)))
    throw UsageError("a lab of topology '{}' has at most {} hosts a site, not {}", options.topology.name, most,
                     options.hosts_per_site);
  std::vector<LabHost> hosts;
  std::set<std::string> seen;
  for (std::size_t site = 0; site < sites.size(); ++site) {
    const auto count =
        std::min({sites[site].hosts.size(), static_cast<std::size_t>(options.hosts_per_site), kMostHostsPerSite});
    if (count == 0)
      throw UsageError("site '{}' of topology '{}' has no hosts", sites[site].name, options.topology.name);
    for (std::size_t host = 0; host < count; ++host) {
      const auto& name = sites[site].hosts[host];
      if (!seen.insert(name).second)
        throw UsageError("host '{}' is in two sites of topology '{}'", name, options.topology.name);
      hosts.push_back({name, sites[site].name, host_address(site, host), options.slots});
    }
  }
  return hosts;
}

}  // namespace longhaul
