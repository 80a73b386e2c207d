#pragma once
#include <string>
#include <vector>

namespace longhaul {

/// How a library did a call, in its own words; several, where it did several things, with commas between. A library
/// that never says is "library-chosen", one that could but does not "unknown".
struct Observation {
  std::string algorithm = "library-chosen", protocol = "library-chosen";
  std::string transport = "library-chosen", nic = "library-chosen";
  int channels = -1;  ///< at most, of any call; −1 unknown
};

/// All words of "RING,TREE" and "TREE,NVLS", each once, in order of the alphabet. "unknown" only where nothing is known.
std::string joined_words(const std::vector<std::string>& lists);

}  // namespace longhaul
