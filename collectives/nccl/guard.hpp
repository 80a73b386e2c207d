#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "topologies/units.hpp"

namespace longhaul::nccl {

/// A thread that steps in when a blocking call of NCCL's has not come back within the deadline: it runs `strike`, which
/// aborts the communicators, so that the call comes back. PyTorch's watchdog does the same.
///
/// To arm it and to disarm it is a clock's reading, a store and an exchange; its thread looks now and then. It strikes
/// at most once; whoever was watched comes back when it is done.
class Guard {
 public:
  /// @param strike  returns NCCL's words on what was wrong
  Guard(Duration deadline, std::function<std::string()> strike);
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  /// Runs `work`; what it throws after the guard struck is not told, since the abort brought it about.
  /// @param what  may not come back: "all_reduce"
  /// @throws HangError when the guard struck
  template <class Work>
  void watch(const char* what, const Work& work) {
    arm();
    try {
      work();
    } catch (...) {
      if (!disarm()) tell(what);
      throw;
    }
    if (!disarm()) tell(what);
  }

 private:
  void arm();
  bool disarm();  ///< false: it struck, and is done
  [[noreturn]] void tell(const char* what) const;
  void look();

  using Nanoseconds = std::int64_t;  ///< of the steady clock
  static constexpr Nanoseconds idle = 0, striking = -1, struck = -2;

  Duration deadline_;
  std::function<std::string()> strike_;
  std::atomic<Nanoseconds> due_{idle};
  std::string reason_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace longhaul::nccl
