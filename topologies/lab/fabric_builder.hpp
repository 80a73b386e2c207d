#pragma once
#include <vector>

#include "topologies/lab/fd.hpp"
#include "topologies/lab/lab.hpp"
#include "topologies/lab/namespaces.hpp"
#include "topologies/lab/scale.hpp"

namespace longhaul {

/// A fabric that stands: its places live as long as this does.
struct BuiltFabric {
  std::vector<Place> hosts;  ///< in order of LabFabric::hosts
  std::vector<Place> sites;
  std::vector<Fd> tuns;  ///< of each site, where packets go through them (LabFabric::gateway)
  Fd queue;              ///< else: the packet queue of the backbone that all sites are routed through
  Place backbone;
};

/// Builds hosts, campuses and gateways out of namespaces; to be run by the lab's first process, in its own namespaces.
/// The work is linear in the number of hosts and done for many at a time.
/// @throws EnvironmentError in the words of what failed
BuiltFabric build_fabric(const LabFabric& fabric, const Scale& scale);

}  // namespace longhaul
