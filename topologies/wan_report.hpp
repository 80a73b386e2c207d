#pragma once
#include <string>
#include <vector>

#include "topologies/model.hpp"
#include "topologies/wan_control.hpp"

namespace longhaul {

/// What went from one site to another.
struct Carried {
  std::uint64_t bytes = 0, packets = 0, drops = 0;
  std::uint64_t waiting = 0;  ///< bytes in the first queue
};

/// Both directions of each of the topology's links, nothing counted: link, from a to b, then from b to a.
std::vector<LinkCounters> no_counters(const Topology& topology);
/// Counts what a pair of sites carried on every link of its path; for engines that know pairs only.
void add_on_path(const Topology& topology, std::size_t from, std::size_t to, const Carried& carried,
                 std::vector<LinkCounters>& counters);

/// The reports of several hosts, of which each counts what it sent or released: sums, and the quantiles of all releases
/// together. The first that has one says which setting is in force.
WanReport joined(const std::vector<WanReport>& reports);

/// As one host tells another; parse_report reads what text_of wrote.
std::string text_of(const WanReport& report);
WanReport parse_report(const std::string& text);

}  // namespace longhaul
