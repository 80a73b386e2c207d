#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "topologies/units.hpp"

namespace longhaul {

/// What light travels through between two sites.
enum class Medium { smf, hollow_core, unspecified };

/// The network inside a site, as one host sees it.
struct Fabric {
  std::string technology;    ///< free text: "InfiniBand NDR", "RoCE", "Ethernet"
  BytesPerSecond host_rate;  ///< all NICs of one host together, one direction
};

/// A campus, region or edge: hosts close enough to share one fabric.
struct Site {
  std::string name;
  std::vector<std::string> hosts;  ///< expanded from patterns such as gpu-a[001-128], in order
  int gpus_per_host = 1;
  Fabric fabric;
};

/// Parallel channels that make up one link; a flow is hashed onto one of them and never exceeds its rate.
struct Members {
  int count = 1;
  BytesPerSecond rate;  ///< of one member, one direction
};

/// Which bits of a flow's hash choose the member: the same on every link that says so, as switches of one vendor with
/// one seed do, so that flows which share a member of one link share one of the next (hash polarisation); or others on
/// each.
enum class MemberHash { same, independent };

/// A long-haul link between two sites, the same in both directions.
struct Link {
  std::string name;
  std::size_t a = 0, b = 0;  ///< indices into Topology::sites
  Medium medium = Medium::unspecified;
  Kilometres length;
  Duration equipment_latency{};       ///< one way: transponders, FEC, switches
  std::optional<Duration> plain_rtt;  ///< given instead of medium and length
  Members members;
  MemberHash hash = MemberHash::same;
  Duration jitter{};
  Share loss;
};

/// Where ranks are: sites and the links between them. Describes place only; what varies belongs to the plan.
struct Topology {
  std::string name;
  std::string title;  ///< one line for people
  std::vector<Site> sites;
  std::vector<Link> links;
  std::string source;  ///< the file it was read from; empty when built in code
  std::string text;    ///< the YAML it was read from, kept with results
};

/// Names of all sites, in order of declaration.
std::vector<std::string> site_names(const Topology& topology);

/// What a link is called that is given no name: "a-b".
std::string default_name(const Topology& topology, std::size_t a, std::size_t b);

/// Of all sites together.
std::size_t host_count(const Topology& topology);
std::size_t gpu_count(const Topology& topology);

/// Index of the site whose hosts include this name (its part before the first dot is compared as well).
std::optional<std::size_t> site_of(const Topology& topology, const std::string& host);

/// Index of the site of this name.
/// @throws UsageError naming the sites there are
std::size_t site_named(const Topology& topology, const std::string& name);

/// The topology used when none is named: one site that holds exactly these hosts, no links.
Topology single_site(const std::vector<std::string>& hosts);

}  // namespace longhaul
