#pragma once
#include "topologies/wan/clock.hpp"
#include "topologies/wan/random.hpp"

namespace longhaul::wan {

/// What a packet waits beyond the light's time: even over 0 … most, the same from the same seed. Never negative, since
/// nothing is faster than light; a delay line sees to it that nothing overtakes, so that of packets closer together
/// than `most` the later ones wait for the earlier.
class Jitter {
 public:
  Jitter(Duration most, std::uint64_t seed) : most_(most), random_(seed) {}

  void set(Duration most) { most_ = most; }
  Duration most() const { return most_; }

  Duration next() {
    if (most_ <= Duration::zero()) return Duration::zero();
    return Duration(static_cast<Duration::rep>(random_.uniform() * (static_cast<double>(most_.count()) + 1)));
  }

 private:
  Duration most_;
  Random random_;
};

}  // namespace longhaul::wan
