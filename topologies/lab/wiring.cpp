#include "topologies/lab/wiring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "topologies/lab/addresses.hpp"

namespace longhaul {
namespace {

constexpr double kBurstSeconds = 0.001;
constexpr double kNicQueueSeconds = 0.050;
constexpr double kLeastBurst = 80 * 1024;           // the largest super-packet whole, or tbf would cut it up
constexpr double kLeastNicQueue = 4 * 1024 * 1024;  // campus fabrics are lossless; rates are scaled, timeouts are not
constexpr double kMostNicQueue = 4e9;               // tc counts it in 32 bits
constexpr double kSmallestSegment = 16 * 1024;
constexpr double kLargestSegment = 64 * 1024;

std::string limit_rate(const std::string& device, BytesPerSecond rate) {
  if (rate.value <= 0) return "";
  const double burst = std::clamp(rate.value * kBurstSeconds, kLeastBurst, kMostNicQueue);
  const double queue = std::clamp(rate.value * kNicQueueSeconds, kLeastNicQueue, kMostNicQueue);
  return fmt::format("qdisc add dev {} root tbf rate {:.0f}bit burst {:.0f} limit {:.0f}\n", device,
                     bits_per_second(rate), burst, queue);
}

}  // namespace

std::string site_port(std::size_t host) { return fmt::format("port{}", host); }

Wiring site_wiring(std::size_t site, const std::vector<std::string>& host_namespaces,
                   const std::vector<BytesPerSecond>& nic_rates, bool has_wan) {
  Wiring wiring;
  auto ip = std::back_inserter(wiring.ip);
  fmt::format_to(ip, "link set lo up\n");
  fmt::format_to(ip, "link add name campus type bridge forward_delay 0 mcast_snooping 0\n");
  fmt::format_to(ip, "addr add {}/16 dev campus\n", site_gateway(site));
  fmt::format_to(ip, "link set campus up\n");
  for (std::size_t host = 0; host < host_namespaces.size(); ++host) {
    const auto port = site_port(host);
    fmt::format_to(ip, "link add name {} type veth peer name {} netns {}\n", port, kHostInterface,
                   host_namespaces[host]);
    fmt::format_to(ip, "link set {} master campus up\n", port);
    wiring.tc += limit_rate(port, nic_rates[host]);
  }
  if (has_wan) {
    // Long enough for what arrives while the machine holds the emulator up.
    fmt::format_to(ip, "link set {} txqueuelen 10000 arp off up\n", kWanDevice);
    fmt::format_to(ip, "route add {} dev {}\n", wan_network(), kWanDevice);
  }
  return wiring;
}

std::string backbone_port(std::size_t site) { return fmt::format("site{}", site); }

Wiring backbone_wiring(const std::vector<std::string>& site_namespaces) {
  // Both ends of a cable have the same address: without ARP, what leaves one end is addressed to that very end.
  constexpr const char* kAddress = "02:00:00:00:00:01";
  Wiring wiring;
  auto ip = std::back_inserter(wiring.ip);
  fmt::format_to(ip, "link set lo up\n");
  for (std::size_t site = 0; site < site_namespaces.size(); ++site) {
    const auto port = backbone_port(site);
    fmt::format_to(ip, "link add name {} address {} type veth peer name {} address {} netns {}\n", port, kAddress,
                   kWanDevice, kAddress, site_namespaces[site]);
    fmt::format_to(ip, "link set {} arp off up\n", port);
    fmt::format_to(ip, "route add {} dev {}\n", site_network(site), port);
  }
  return wiring;
}

Wiring host_wiring(std::size_t site, const LabHost& host, const std::string& congestion_control,
                   BytesPerSecond nic_rate, Bytes largest_segment) {
  Wiring wiring;
  auto ip = std::back_inserter(wiring.ip);
  fmt::format_to(ip, "link set lo up\n");
  fmt::format_to(ip, "link set {} gso_max_size {} up\n", kHostInterface, largest_segment.count);
  fmt::format_to(ip, "addr add {}/16 dev {} noprefixroute\n", host.address, kHostInterface);
  fmt::format_to(ip, "route add {} dev {} src {} congctl {}\n", site_network(site), kHostInterface, host.address,
                 congestion_control);
  fmt::format_to(ip, "route add default via {} dev {} src {} congctl {}\n", site_gateway(site), kHostInterface,
                 host.address, congestion_control);
  wiring.tc = limit_rate(kHostInterface, nic_rate);
  return wiring;
}

Bytes largest_segment(const Topology& topology, const Scale& scale) {
  double least = kLargestSegment;
  for (const auto& link : topology.links)
    if (const auto rate = scaled(link.members.rate, scale); rate.value > 0)
      least = std::min(least, rate.value * kBurstSeconds);
  return {static_cast<std::uint64_t>(std::clamp(least, kSmallestSegment, kLargestSegment))};
}

std::vector<std::pair<std::string, std::string>> host_settings() {
  return {
      {"ipv6/conf/all/disable_ipv6", "1"},
      {"ipv6/conf/default/disable_ipv6", "1"},
      {"ipv4/tcp_rmem", "4096 131072 67108864"},  // 64 MiB in flight: 10 Gbit/s at 50 ms
      {"ipv4/tcp_wmem", "4096 65536 67108864"},
      {"ipv4/tcp_no_metrics_save", "1"},        // one connection must not inherit another's past
      {"ipv4/tcp_slow_start_after_idle", "0"},  // else every message after a pause starts over from ten packets
      {"ipv4/ping_group_range", "0 0"},
  };
}

std::vector<std::pair<std::string, std::string>> site_settings() {
  return {
      {"ipv6/conf/all/disable_ipv6", "1"}, {"ipv6/conf/default/disable_ipv6", "1"}, {"ipv4/ip_forward", "1"},
      {"ipv4/conf/all/rp_filter", "0"},    {"ipv4/conf/default/rp_filter", "0"},
  };
}

std::string hosts_file(const std::vector<LabHost>& hosts) {
  std::string text = "127.0.0.1 localhost\n";
  for (const auto& host : hosts) text += fmt::format("{} {}\n", host.address, host.name);
  return text;
}

}  // namespace longhaul
