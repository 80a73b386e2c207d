#pragma once
#include <optional>
#include <string>

#include "results/tables.hpp"

namespace longhaul {

/// Something that was not the same when two launches were measured.
struct ConditionDifference {
  std::string what;  ///< "topology", "the lab's scale"
  std::string a, b;
};

/// The first reason why visits of two launches must not be pooled, beyond what a point's key tells; nothing where they
/// may be. Versions and hosts may differ: the spread between launches shows what they do.
std::optional<ConditionDifference> first_difference(const LaunchRow& a, const LaunchRow& b);

}  // namespace longhaul
