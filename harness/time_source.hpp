#pragma once
#include "topologies/units.hpp"

namespace longhaul {

/// This process's clock: nanoseconds since an origin of the host's own. Ranks on other hosts have other origins and
/// rates. LONGHAUL_TEST_CLOCK ("rank:offset_seconds:drift_ppm", comma-separated) makes hosts of one machine differ, as
/// those of a cluster do.
class TimeSource {
 public:
  TimeSource() = default;
  TimeSource(Duration offset, double drift) : offset_(offset), drift_(drift) {}
  /// The clock LONGHAUL_TEST_CLOCK gives this rank; the plain one without it.
  static TimeSource for_rank(int rank);

  Duration now() const;
  /// Sleeps while far from `target`, then yields until it is reached. Returns now().
  /// @param spin  with ranks ≤ cores: burn the last stretch instead of yielding
  Duration wait_until(Duration target, bool spin) const;

 private:
  Duration offset_{};
  double drift_ = 0;  ///< s/s
};

}  // namespace longhaul
