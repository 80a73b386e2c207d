#pragma once
#include <memory>
#include <vector>

#include "collectives/net/wiring.hpp"

namespace longhaul::net {

/// Rings over some ranks, one a channel, and this rank's place in them.
class Rings {
 public:
  /// Collective over all ranks, also those that are in none. `members` in ring order.
  Rings(LoadedPlugin& plugin, int rank, const std::vector<std::vector<int>>& groups, int channels, Chunking chunking,
        const Exchange& exchange, std::chrono::nanoseconds deadline);

  /// False where this rank is in no ring, or in one of its own only.
  bool empty() const { return place_.size == 1; }
  Place place() const { return place_; }
  int channels() const { return static_cast<int>(outboxes_.size()); }
  Outbox& outbox(int channel) { return *outboxes_[static_cast<std::size_t>(channel)]; }
  Inbox& inbox(int channel) { return *inboxes_[static_cast<std::size_t>(channel)]; }

 private:
  Place place_;
  std::vector<std::unique_ptr<Outbox>> outboxes_;
  std::vector<std::unique_ptr<Inbox>> inboxes_;
};

}  // namespace longhaul::net
