#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "topologies/model.hpp"

namespace longhaul {

/// What Slurm calls a node: its active features, and the switches above it.
/// @param node      what `scontrol -o show node NAME` prints
/// @param switches  what `scontrol show topology NAME` prints; empty where there is no topology plugin
std::set<std::string> slurm_names(std::string_view node, std::string_view switches);

/// The site that is called as one of a host's features or switches; nothing outside a Slurm job, and where it is none
/// or several.
std::optional<std::size_t> site_by_slurm(const Topology& topology, const std::string& host);

}  // namespace longhaul
