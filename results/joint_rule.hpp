#pragma once
#include <span>

#include "results/tables.hpp"

namespace longhaul {

/// What points of several files together are asked for, from the plans of the launches that visited them.
struct JointRule {
  double precision = 0.05;   ///< relative half-width of the median's interval: the least that a plan asks for
  double confidence = 0.95;  ///< of the interval, over all looks together: the most that a plan asks for
  int looks = 1;             ///< that all launches declared; the one at the joint samples is the last of them

  /// Of the interval at the joint samples: what the looks before it left.
  double alpha() const;
};

/// @param fallback  the rule where no launch has a plan that says otherwise
JointRule joint_rule(std::span<const LaunchRow* const> launches, const JointRule& fallback);

}  // namespace longhaul
