#pragma once
#include <sched.h>

#include <string>

namespace longhaul {

/// Keeps this process on one core while it writes packets: what it writes waits in a queue of the core it runs on, and
/// moving to another core could let later packets overtake. Leaves the choice to the kernel in between.
class Core {
 public:
  Core();
  /// On the core where it runs now, if it does not stay already.
  void stay();
  /// Anywhere again.
  void leave();

 private:
  cpu_set_t anywhere_;
  bool staying_ = false;
};

/// A mask of the first `cores` cores as sysfs reads it: words of 32 bits in hexadecimal, highest first.
std::string core_mask(int cores);

}  // namespace longhaul
