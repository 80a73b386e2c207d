#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "topologies/wan/clock.hpp"

namespace longhaul::wan {

/// A link's rate as all see it who map the memory it lies in: a few words, valid when zero (no limit), with nothing to
/// repair when a process dies. The clock must be one for all of them, such as the machine's monotonic one.
struct SharedRate {
  std::atomic<std::uint64_t> bytes_per_second{0};  ///< 0: without limit; may be changed at any time
  std::atomic<std::int64_t> finish{0};             ///< when the last bit that was granted will have left; who raises
                                                   ///< the rate may set 0, so that nobody waits at the old one
};
static_assert(std::is_standard_layout_v<SharedRate> && sizeof(SharedRate) == 16);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// One process's use of a SharedRate.
///
/// Who has much to send takes it in turns: a turn grants at most `quantum` bytes, and the next one is to be had once
/// the bytes of the last have begun to leave. So of several that always have something to send each gets the same
/// number of bytes, however many connections it has. Over any window of length w, no more than w × rate + one grant
/// leaves.
class RateUser {
 public:
  /// @param quantum  bytes of a turn; at least what the rate carries between two calls of a polling process, else the
  ///                 link idles
  RateUser(SharedRate& rate, std::uint64_t quantum) : rate_(&rate), quantum_(quantum) {}

  /// Asks for `bytes` to be sent. Nothing while the turns for all of them have not come yet: ask again with the same
  /// number; what was granted meanwhile is kept.
  /// @return when the last bit has left
  std::optional<Time> send(Time now, std::uint64_t bytes);

  /// Forgets a send() that gave nothing and will not be asked again.
  void give_up() { granted_ = 0; }

 private:
  Time grant(Time now, std::uint64_t bytes, std::uint64_t rate);

  SharedRate* rate_;
  std::uint64_t quantum_;
  std::uint64_t granted_ = 0;    ///< of the send under way
  std::uint64_t turn_left_ = 0;  ///< bytes
  Time turn_start_ = Time::min();
  Time granted_until_{};
};

}  // namespace longhaul::wan
