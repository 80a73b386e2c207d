#pragma once
#include <cmath>
#include <map>
#include <random>
#include <vector>

#include "harness/clock.hpp"

namespace longhaul {

using namespace std::chrono_literals;

/// A clock as a host has it, and the true time it was read at.
struct HostClock {
  Duration offset{};
  double drift = 0;
  Duration read(Duration truth) const {
    return truth + offset + Duration{std::llround(drift * static_cast<double>(truth.count()))};
  }
};

struct Ways {
  Duration there{}, back{};  ///< from the asker to the answerer, and back
};

/// Hosts with clocks of their own and paths with heavy-tailed jitter (log-normal, median 5 µs; 5 % stalls to 2 ms).
/// Time passes only as messages travel.
class VirtualNetwork {
 public:
  explicit VirtualNetwork(unsigned seed) : random_(seed) {}

  std::map<int, HostClock> clocks;
  Duration now = 100s;

  /// What `asker` sees of `answerer` over `count` pings.
  std::vector<Ping> ping(int asker, int answerer, Ways path, int count) {
    std::vector<Ping> pings;
    for (int i = 0; i < count; ++i) {
      Ping ping;
      ping.sent = clocks[asker].read(now);
      now += path.there + jitter();
      ping.remote = clocks[answerer].read(now);
      now += path.back + jitter();
      ping.received = clocks[asker].read(now);
      pings.push_back(ping);
    }
    return pings;
  }

 private:
  Duration jitter() {
    const double stall = uniform_(random_) < 0.05 ? 2e6 * uniform_(random_) : 0;
    return Duration{std::llround(5e3 * std::exp(0.8 * normal_(random_)) + stall)};
  }

  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> uniform_;
};

/// Rank 1 synchronised with rank 0 by `bursts` bursts of 40 pings, `apart` from each other.
inline GlobalClock synchronise(VirtualNetwork& network, Ways path, int bursts, Duration apart) {
  std::vector<ClockOffset> points;
  for (int burst = 0; burst < bursts; ++burst) {
    points.push_back(estimate_offset(network.ping(1, 0, path, 40)));
    network.now += apart;
  }
  return fit_drift(points);
}

/// How far rank `rank`'s idea of rank 0's clock is off, now.
inline Duration error(VirtualNetwork& network, const GlobalClock& clock, int rank = 1) {
  return clock.to_global(network.clocks[rank].read(network.now)) - network.clocks[0].read(network.now);
}

}  // namespace longhaul
