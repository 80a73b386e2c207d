#pragma once
#include "harness/watch/hang_report.hpp"
#include "harness/watch/host_board.hpp"
#include "harness/watch/watch_orders.hpp"

namespace longhaul {

/// What a watcher sees of its host just now: its ranks with their stacks, the links to other sites, NCCL's RAS. All
/// are asked at once: 2.5 s at most, within the patience of who asks for it.
HostReport inquire(const WatchOrders& orders, HostBoard& board);

}  // namespace longhaul
