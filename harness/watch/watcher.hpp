#pragma once
#include "harness/watch/host_board.hpp"
#include "harness/watch/watch_orders.hpp"

namespace longhaul {

/// The body of a host's watcher, a process of its own: looks at its ranks' progress, and when one is late or gone tells
/// the chief over TCP, apart from any communicator. The chief asks all watchers what they see, waits for them a few
/// seconds, writes the account, prints ten lines, and has every watcher end its ranks. Where the chief is lost or does
/// not answer an alarm, the others turn to the first of the hosts after it that answers; that one does the same, with
/// an account of its own (stand_ins_account). Returns when its ranks have ended.
/// @param lifeline  closes when the rank that started it is gone
void watch_host(const WatchOrders& orders, HostBoard board, Fd listener, Fd lifeline);

}  // namespace longhaul
