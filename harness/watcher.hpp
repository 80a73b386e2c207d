#pragma once
#include <string>
#include <vector>

#include "harness/host_board.hpp"
#include "harness/line_channel.hpp"
#include "topologies/units.hpp"

namespace longhaul {

/// What a host's watcher is told: by the rank that starts it, over a pipe, since a command line is there for all to
/// read.
struct WatchOrders {
  struct Host {
    std::string name, site;
    std::vector<int> ranks;
    std::vector<NetAddress> addresses;  ///< of its watcher
  };
  std::string token;  ///< who does not know it is not heard
  std::size_t own = 0;
  std::vector<Host> hosts;  ///< the first is the chief's: that of rank 0
  Duration deadline{};
  std::string file;  ///< results
  bool ask_nccl = false;
};
std::string line_of(const WatchOrders& orders);
WatchOrders watch_orders_of(const std::string& line);

/// The body of a host's watcher, a process of its own: looks at its ranks' progress, and when one is late or gone tells
/// the chief over TCP, apart from any communicator. The chief asks all watchers what they see, waits for them a few
/// seconds, writes FILE.hang.json, prints ten lines, and has every watcher end its ranks. Returns when its ranks have
/// ended.
/// @param lifeline  closes when the rank that started it is gone
void watch_host(const WatchOrders& orders, HostBoard board, Fd listener, Fd lifeline);

}  // namespace longhaul
