#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "topologies/model.hpp"

namespace longhaul {

/// What is wrong with a lab on purpose, to see whether a diagnosis finds it. A run in it is not told.
struct LabFaults {
  std::map<std::string, double> nic_share;                ///< host → share of its NIC's rate that is left
  std::map<std::string, Duration> link_delay;             ///< link → how much longer its round trip is
  std::vector<std::pair<std::string, int>> dead_members;  ///< link, member: nothing goes over it any more
  std::string text;                                       ///< as given
};

/// "nic:HOST=80%", "link:NAME=+30ms", "member:NAME/2=dead"; comma-separated. Empty: none.
/// @throws UsageError naming what is unknown of host, link or member
LabFaults parse_faults(std::string_view text, const Topology& topology, const std::vector<std::string>& hosts);

}  // namespace longhaul
