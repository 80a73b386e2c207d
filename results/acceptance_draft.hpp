#pragma once
#include <string>

#include "results/tables.hpp"

namespace longhaul {

/// A spec to start from, in YAML: what this run measured, each series and WAN setting with room for noise, its
/// provenance, and that its data is correct. Bounds are the run's own, to be replaced by what was bought: a run never
/// fails the spec that was made from it.
/// @param name  of the run, for the head
std::string draft_acceptance(const Results& results, const std::string& name);

}  // namespace longhaul
