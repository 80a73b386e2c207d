#pragma once
#include <string>
#include <vector>

namespace longhaul {

/// How a library did a call, in its own words; several, where it did several things, with commas between. "unknown"
/// where it did not say.
struct Observation {
  std::string algorithm = "unknown", protocol = "unknown";
  std::string transport = "unknown", nic = "unknown";
  int channels = -1;  ///< at most, of any call; −1 unknown
};

/// A line a member, to be sent to another rank.
std::string text_of(const Observation& observation);

/// What all ranks say, from their texts: each word once, in order of the alphabet; the most channels.
Observation observations(const std::vector<std::string>& texts);

}  // namespace longhaul
