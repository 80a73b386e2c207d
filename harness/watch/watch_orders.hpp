#pragma once
#include <string>
#include <vector>

#include "harness/watch/line_channel.hpp"
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
  std::string file;     ///< results; empty where nothing is measured
  std::string account;  ///< where what was seen is written: FILE.hang.json
  bool ask_nccl = false;
};
std::string line_of(const WatchOrders& orders);
/// @throws nlohmann::json::exception for anything else
WatchOrders watch_orders_of(const std::string& line);

/// Where a host writes that stands in for the chief, which may be alive and write on its side of a cut:
/// "run.h5.hang.json" → "run.h5.hang.gpu-b001.json".
std::string stand_ins_account(const std::string& account, const std::string& host);

}  // namespace longhaul
