#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "results/statistics.hpp"
#include "results/tables.hpp"

namespace longhaul {

/// What was repeated independently: the outermost level of launch ⊃ round ⊃ sample whose scatter a comparison rests on.
enum class Level {
  launches,  ///< what differs from start to start is in the scatter
  rounds,    ///< visits of one launch: what differs from start to start stays unseen
};

/// "launches", "rounds".
std::string name_of(Level level);

/// What one point tells of itself: for each unit of a level, the log of the median duration (s). Log, as durations are
/// positive and what differs between units is a share.
struct Replication {
  std::vector<double> launches;               ///< a value a launch
  std::vector<double> rounds;                 ///< a value a visit
  std::vector<std::pair<int, int>> round_of;  ///< launch and round of each of those
  double rounding = 0;                        ///< variance of a log that was printed with few digits; 0: not printed

  const std::vector<double>& of(Level level) const { return level == Level::launches ? launches : rounds; }
};

/// The outermost level at which every one of these has two units or more, so that a scatter can be told; else rounds.
Level common_level(const std::vector<const Replication*>& points);

/// Of each point, in order of Results::points. Unused samples (any flag) are left out; a visit that kept no samples (an
/// imported file's) counts by its median. Visits of wrong data or whose WAN was not felt are left out.
std::vector<Replication> replication_of_points(const Results& results);

/// Mean of units and what is known of its scatter. Of m units the m/8 (rounded down) lowest and highest are left out of
/// the mean and drawn in to the nearest kept one in the variance, so that a visit which a stall spoiled does not move
/// it (K. K. Yuen, Biometrika 61 (1974) 165); below eight units this is the plain mean.
struct Estimate {
  double mean = 0;      ///< of logs
  double variance = 0;  ///< of the mean; NaN for one unit
  double freedom = 0;   ///< degrees of freedom behind it; 0 for one unit
  int units = 0;        ///< that were kept
};
Estimate estimate(const std::vector<double>& units);

/// The estimate knowing no more than values that were printed say: of equally rounded ones all may be off by the same
/// part of a digit, so the mean strays at least as much as one of them.
Estimate with_rounding(Estimate estimate, double rounding);

/// `b − a` of two independent estimates: Welch's t test (Yuen's from eight units on), with the degrees of freedom of
/// Satterthwaite. Unknown (NaN variance, no freedom) where one of them has a single unit.
Estimate difference(const Estimate& a, const Estimate& b);

/// P(|T| at least as large) if the true mean were `null`; 1 where the scatter is unknown. With no scatter at all: 0, or
/// 1 at `null` itself.
double two_sided_p(const Estimate& estimate, double null = 0);
/// P(T at least as large) if the true mean were `null` or less.
double upper_p(const Estimate& estimate, double null);

/// t interval of the mean, in logs; absent where the scatter is unknown.
std::optional<Interval> interval_of(const Estimate& estimate, double confidence);

}  // namespace longhaul
