#pragma once
#include <cstdint>
#include <optional>

#include "topologies/wan/clock.hpp"

namespace longhaul::wan {

/// What a wire carries a second.
struct Rate {
  double bytes_per_second = 0;  ///< 0: without limit
  bool unlimited() const { return bytes_per_second <= 0; }
};

/// When a bit will have left that would at another time, had the rate not changed now.
Time at_new_rate(Time finish, Time now, Rate old_rate, Rate new_rate);

/// A sender's port: puts one packet after another on a wire of a given rate, with a finite queue before it.
///
/// Kept as a virtual finish time: a packet starts when the one before it has finished and takes size / rate. What is
/// queued is therefore (finish − now) × rate. Over any window of length w no more than w × rate + one packet finishes.
class Serialiser {
 public:
  /// @param queue_limit  bytes that may wait, the packet on the wire included; 0: without limit
  Serialiser(Rate rate, std::uint64_t queue_limit) : rate_(rate), queue_limit_(queue_limit) {}

  /// @return when the last bit has left; nothing where the queue has no room (the packet is lost). A packet larger than
  ///         the whole queue is taken by an idle port, else it could never be sent.
  std::optional<Time> send(Time now, std::uint64_t bytes);

  /// Bytes that have not left yet.
  std::uint64_t backlog(Time now) const;

  Rate rate() const { return rate_; }

  /// From now on; what is queued leaves at the new rate, too.
  void set(Time now, Rate rate, std::uint64_t queue_limit);

 private:
  Rate rate_;
  std::uint64_t queue_limit_;
  Time finish_{};
  double finish_fraction_ = 0;  ///< of a nanosecond, so that rounding does not add up to a wrong rate
};

}  // namespace longhaul::wan
