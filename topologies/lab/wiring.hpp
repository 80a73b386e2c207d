#pragma once
#include <string>
#include <vector>

#include "topologies/lab/lab.hpp"
#include "topologies/lab/scale.hpp"

namespace longhaul {

/// Commands for one network namespace, as `ip -batch -` and `tc -batch -` read them.
struct Wiring {
  std::string ip;
  std::string tc;  ///< empty where no rate is limited
};

/// A host's NIC in every host, and the WAN device of every site.
inline constexpr const char* kHostInterface = "lh0";
inline constexpr const char* kWanDevice = "wan";
/// Where a site's hosts are plugged in, by their order.
std::string site_port(std::size_t host);
/// In the backbone, where there is one: the other end of a site's WAN device.
std::string backbone_port(std::size_t site);

/// The site's bridge with its gateway address, a port for each host, and the road to the other sites.
/// @param host_namespaces  files that name the hosts' network namespaces, in the order of the site's hosts
/// @param nic_rates        of each host; 0 = without limit
/// @param has_wan          whether the WAN device (made beforehand: by whoever holds it, or with the backbone) is there
Wiring site_wiring(std::size_t site, const std::vector<std::string>& host_namespaces,
                   const std::vector<BytesPerSecond>& nic_rates, bool has_wan);

/// What joins all sites where packets wait in the kernel: a router with a cable to each.
/// @param site_namespaces  files that name the sites' network namespaces, in order
Wiring backbone_wiring(const std::vector<std::string>& site_namespaces);

/// A host's addresses, routes (with the congestion control of each, as a namespace may not choose a default that the
/// machine does not allow), NIC rate, and largest super-packet.
Wiring host_wiring(std::size_t site, const LabHost& host, const std::string& congestion_control,
                   BytesPerSecond nic_rate, Bytes largest_segment);

/// How large a super-packet the kernel may hand over: 1 ms at the slowest member's rate, 16 to 64 KiB, since it crosses
/// the emulator as one burst. 64 KiB without limits.
Bytes largest_segment(const Topology& topology, const Scale& scale);

/// Kernel settings of a host, and of a site, as name and value below /proc/sys/net.
std::vector<std::pair<std::string, std::string>> host_settings();
std::vector<std::pair<std::string, std::string>> site_settings();

/// /etc/hosts of every host: itself under 127.0.0.1's names, and all hosts of the lab.
std::string hosts_file(const std::vector<LabHost>& hosts);

}  // namespace longhaul
