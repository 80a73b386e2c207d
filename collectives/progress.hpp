#pragma once
#include <atomic>
#include <cstdint>

namespace longhaul {

/// Where one rank stands, written by its communicator and harness loop, read by a watcher that may be another process.
/// Lock-free words only: it lives in shared memory. The owner of the memory is the harness.
struct Progress {
  enum State : std::uint32_t { idle = 0, entered = 1, left = 2, ended = 3 };
  std::atomic<std::uint32_t> state{idle};
  std::atomic<std::uint32_t> operation{0};  ///< Operation
  std::atomic<std::uint64_t> sequence{0};   ///< collectives entered so far
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::int64_t> since_ns{0};  ///< steady clock at the last change
  std::atomic<std::uint32_t> phase{0};    ///< the harness's own: what a rank does between collectives
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

}  // namespace longhaul
