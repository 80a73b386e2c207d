#pragma once
#include <string>
#include <vector>

#include "collectives/net/program.hpp"

namespace longhaul {

/// How the net communicator is set up; all ranks alike.
struct NetSettings {
  std::string plugin;  ///< file, or NAME of libnccl-net-NAME.so; empty: our own
  int channels = 1;
  net::Chunking chunking;
  std::vector<int> ring;  ///< ranks in order; empty: 0, 1, 2, …
};

/// @throws UsageError for what cannot be: no channel, a buffer without whole slots, a ring that is no order of the
/// ranks
void check(const NetSettings& settings, int ranks);

/// "0-1-2-3"
std::string ring_text(const std::vector<int>& ring);
/// @throws UsageError
std::vector<int> parse_ring(const std::string& text);

}  // namespace longhaul
