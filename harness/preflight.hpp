#pragma once
#include <string>
#include <vector>

#include "harness/host_facts.hpp"
#include "harness/watch/path_mtu.hpp"
#include "topologies/units.hpp"

namespace longhaul {

enum class Readiness {
  ready,
  doubtful,  ///< figures will be what they are, but may mislead
  unfit,     ///< a run would fail, or mean nothing
};

/// One line of what a preflight found.
struct PreflightRow {
  std::string name;
  Readiness readiness = Readiness::ready;
  std::string found;   ///< one value, or each with its hosts
  std::string remedy;  ///< empty where ready
};

/// What the ranks were started for.
struct PreflightTerms {
  int most_ranks = 1;                           ///< of one host
  bool remote_memory = false;                   ///< the backend may register memory with a NIC
  Duration rtt{0};                              ///< of the longest path, as configured
  BytesPerSecond rate{0};                       ///< of that path; 0: unknown
  std::vector<BytesPerSecond> host_rates = {};  ///< by rank, of its host's NICs by the topology; 0, or none: unknown
};

/// Facts of all ranks held against each other and against what a run needs. Versions and libraries' variables must be
/// the same everywhere; what differs else is doubtful.
/// @param hosts, facts  by rank
std::vector<PreflightRow> preflight(const std::vector<std::string>& hosts, const std::vector<HostFacts>& facts,
                                    const std::vector<PathMtu>& paths, const PreflightTerms& terms);

/// The worst of all lines.
Readiness readiness_of(const std::vector<PreflightRow>& rows);

/// A table, and what to do about each line that is not ready.
std::string preflight_text(const std::vector<PreflightRow>& rows);

/// A line a row, "governor = powersave on a1, a2": what a results file keeps.
std::string preflight_lines(const std::vector<PreflightRow>& rows);

}  // namespace longhaul
