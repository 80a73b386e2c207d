#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collectives/net/flow.hpp"

namespace longhaul::net {

/// Every rank's text to all, by rank; collective. How ranks find each other before there is a connection.
using Exchange = std::function<std::vector<std::string>(const std::string& mine)>;

/// A connection that is to be: one way, over a device of the plugin.
struct Edge {
  int from = 0, to = 0;
  int device = 0;  ///< modulo the number that a rank has
};

/// This rank's ends of some edges, in their order; null where it is not at that end.
struct Ends {
  std::vector<std::unique_ptr<Outbox>> sending;
  std::vector<std::unique_ptr<Inbox>> receiving;
};

/// Connects them all: each rank listens for those that come to it, tells the others where, connects and accepts, as
/// NCCL does. Collective; `edges` are the same on all ranks.
/// @throws Failure; after `deadline`, one that names who did not answer
Ends connect_all(LoadedPlugin& plugin, int rank, const std::vector<Edge>& edges, Chunking chunking,
                 const Exchange& exchange, std::chrono::nanoseconds deadline);

/// Edges of `channels` rings over these ranks, ring after ring.
std::vector<Edge> ring_edges(const std::vector<int>& ranks, int channels);

}  // namespace longhaul::net
