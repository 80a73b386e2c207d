#include "topologies/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "topologies/error.hpp"
#include "topologies/nearest.hpp"

namespace longhaul {
namespace {

std::string_view short_name(std::string_view host) { return host.substr(0, host.find('.')); }

}  // namespace

std::vector<std::string> site_names(const Topology& topology) {
  std::vector<std::string> names;
  for (const auto& site : topology.sites) names.push_back(site.name);
  return names;
}

std::string default_name(const Topology& topology, std::size_t a, std::size_t b) {
  return fmt::format("{}-{}", topology.sites[a].name, topology.sites[b].name);
}

std::size_t host_count(const Topology& topology) {
  std::size_t hosts = 0;
  for (const auto& site : topology.sites) hosts += site.hosts.size();
  return hosts;
}

std::size_t gpu_count(const Topology& topology) {
  std::size_t gpus = 0;
  for (const auto& site : topology.sites) gpus += site.hosts.size() * static_cast<std::size_t>(site.gpus_per_host);
  return gpus;
}

std::optional<std::size_t> site_of(const Topology& topology, const std::string& host) {
  // The full name first: two sites may hold hosts that differ in their domain only.
  const auto holds = [](const Site& site, auto matches) {
    return std::any_of(site.hosts.begin(), site.hosts.end(), matches);
  };
  for (std::size_t i = 0; i < topology.sites.size(); ++i)
    if (holds(topology.sites[i], [&](const auto& name) { return name == host; })) return i;
  for (std::size_t i = 0; i < topology.sites.size(); ++i)
    if (holds(topology.sites[i], [&](const auto& name) { return short_name(name) == short_name(host); })) return i;
  return std::nullopt;
}

std::size_t site_named(const Topology& topology, const std::string& name) {
  const auto names = site_names(topology);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  throw UsageError("unknown site '{}' in topology '{}'; {}expected one of {}", name, topology.name,
                   did_you_mean(name, names), fmt::join(names, ", "));
}

Topology single_site(const std::vector<std::string>& hosts) {
  Topology topology;
  topology.name = "single-site";
  topology.title = "One site that holds all hosts";
  topology.sites.push_back({.name = "site", .hosts = hosts, .gpus_per_host = 1, .fabric = {}});
  return topology;
}

}  // namespace longhaul
