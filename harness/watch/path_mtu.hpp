#pragma once
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "collectives/mpi/world.hpp"
#include "harness/watch/line_channel.hpp"
#include "topologies/units.hpp"

namespace longhaul {

/// The largest packet that gets from one site to another without being cut, headers included.
struct PathMtu {
  std::string from, to;
  int route = 0;   ///< what this host's routes say
  int passes = 0;  ///< what arrives; 0: no answer
};

/// Answers probes of path MTUs on a port of its own until it goes.
class MtuEcho {
 public:
  MtuEcho();
  ~MtuEcho();
  MtuEcho(const MtuEcho&) = delete;
  MtuEcho& operator=(const MtuEcho&) = delete;
  int port() const { return port_; }

 private:
  void answer();
  Fd socket_;
  int port_ = 0;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

/// Sends packets that must not be cut to a peer's echo, the largest that the route allows first.
/// @param patience  for one answer
PathMtu probe_mtu(const std::vector<NetAddress>& peer, Duration patience);

/// Between the first ranks of each pair of sites, on rank 0; empty elsewhere. Collective.
std::vector<PathMtu> probe_mtus(World& world, const std::vector<int>& site_of_rank,
                                const std::vector<std::string>& sites, Duration patience);

}  // namespace longhaul
