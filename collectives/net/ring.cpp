#include "collectives/net/ring.hpp"

#include <algorithm>

namespace longhaul::net {

Rings::Rings(LoadedPlugin& plugin, int rank, const std::vector<std::vector<int>>& groups, int channels,
             Chunking chunking, const Exchange& exchange, std::chrono::nanoseconds deadline) {
  std::vector<Edge> edges;
  for (const auto& group : groups) {
    if (group.size() > 1) std::ranges::copy(ring_edges(group, channels), std::back_inserter(edges));
    const auto own = std::ranges::find(group, rank);
    if (own != group.end()) place_ = {static_cast<int>(own - group.begin()), static_cast<int>(group.size())};
  }
  auto ends = connect_all(plugin, rank, edges, chunking, exchange, deadline);
  for (auto& end : ends.sending)
    if (end) outboxes_.push_back(std::move(end));
  for (auto& end : ends.receiving)
    if (end) inboxes_.push_back(std::move(end));
}

}  // namespace longhaul::net
