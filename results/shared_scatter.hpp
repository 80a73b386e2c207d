#pragma once
#include <utility>
#include <vector>

#include "results/replication.hpp"

namespace longhaul {

/// What the points of one file tell together of how far a unit strays: a scaled inverse χ² prior of their variances.
struct SharedScatter {
  double variance = 0;  ///< of one unit
  double freedom = 0;   ///< what it is worth in degrees of freedom; 0: points share nothing; may be infinite
  double most = 0;      ///< degrees of freedom of all points together: no estimate may claim more
};

/// Fitted by the moments of the logs of the variances. Points with one unit do not count; below three there is nothing
/// to share. Source: G. K. Smyth, Statistical Applications in Genetics and Molecular Biology 3 (2004), article 3,
/// section 6.
SharedScatter shared_scatter(const std::vector<Estimate>& points);

/// The estimate with its variance drawn towards the shared one, and the degrees of freedom that both have together. An
/// estimate from one unit stays unknown.
Estimate with_shared(const Estimate& point, const SharedScatter& shared);

/// Whether the points of a file stray together, round by round, rather than each by itself: then a hundred points know
/// no more of the scatter than one, and nothing may be shared. Squares of the rounds' sums of standardised residuals,
/// held against what independence makes of them.
struct Togetherness {
  double squares = 0, expected = 0;
  double freedom = 0;  ///< of the squares: rounds less one
  /// True where independence would make as much of it in one file of ten.
  bool is_beyond_chance() const;
};
Togetherness togetherness(const std::vector<Replication>& points);
/// Files that are compared tell it together: one of five rounds alone overlooks what is half shared in one of three.
Togetherness operator+(const Togetherness& a, const Togetherness& b);

/// Estimates of all points of a file at a level. What differs from launch to launch is common to all points, so only
/// rounds share their scatter, and only where they do not stray together. None is surer than its digits
/// (with_rounding).
std::vector<Estimate> estimates_of(const std::vector<Replication>& points, Level level, const Togetherness& together);
std::vector<Estimate> estimates_of(const std::vector<Replication>& points, Level level);

/// ψ and ψ′, for x > 0.
double digamma(double x);
double trigamma(double x);

}  // namespace longhaul
