#pragma once
#include <memory>
#include <string>

#include "topologies/model.hpp"
#include "topologies/wan_control.hpp"

namespace longhaul {

/// `longhaul wan … --wan plugin`: this user's control segments on this host, which the network plugin reads.

/// What is in force in each of them, and what it did.
/// @param json  for scripts
std::string describe_segments(bool json);

/// The segment at `path`; for an empty one that of $LONGHAUL_NET_CONTROL, else the only one there is.
struct ChosenSegment {
  Topology topology;
  std::unique_ptr<WanControl> control;
};
/// @param topology  name or file; empty: the one that the segment names
/// @throws UsageError: no segment, or several
ChosenSegment choose_segment(const std::string& path, const std::string& topology);

/// Puts a setting into force: in the segment that choose_segment() finds, else in a new one that stays until
/// `wan clean`.
/// @param host  decides the site of this host's processes; empty: this machine's name
/// @return what processes need in their environment, for a shell's eval
std::string apply_to_segment(const std::string& path, const std::string& topology, const std::string& setting,
                             const std::string& host);

/// Removes what no process uses.
/// @return a line each
std::string clean_segments();

}  // namespace longhaul
