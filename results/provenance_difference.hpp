#pragma once
#include <string>
#include <vector>

#include "results/tables.hpp"

namespace longhaul {

/// One thing that was not the same where two files were measured.
struct ProvenanceDifference {
  std::string what;  ///< "library", "NCCL_ALGO"
  std::string a, b;  ///< distinct values over launches, joined by " | "; "–" where there is none
};

/// What a reader must know before believing a comparison: libraries, devices, topology, WAN engine and scale, variables
/// one by one, hosts, versions, flags. Times, ids, seeds and commands are expected to differ and left out.
std::vector<ProvenanceDifference> provenance_differences(const Results& a, const Results& b);

}  // namespace longhaul
