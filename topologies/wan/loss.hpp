#pragma once
#include <cstdint>

#include "topologies/wan/random.hpp"

namespace longhaul::wan {

/// Loses wire packets at random, each with the same chance and independently of the others; the same ones from the same
/// seed.
///
/// Kept as the number of packets until the next loss, which is geometric: a wire that loses little draws little.
class Loss {
 public:
  /// @param share  0 … 1 of all packets
  Loss(double share, std::uint64_t seed) : random_(seed) { set(share); }

  /// For packets from now on. The chance has no memory, so a new share needs none of the old one's state.
  void set(double share);
  double share() const { return share_; }

  /// Whether the next packet is lost.
  bool next() { return lost_before(1) < 1; }

  /// How many of the next `packets` get through before one is lost; all of them: `packets`. What was asked about is
  /// past, the lost one included: after a loss, ask again about the rest.
  std::uint64_t lost_before(std::uint64_t packets);

 private:
  std::uint64_t draw();

  Random random_;
  double share_ = 0;
  std::uint64_t until_next_ = 0;  ///< packets that still get through
};

}  // namespace longhaul::wan
