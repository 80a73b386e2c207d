#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "results/tables.hpp"

namespace longhaul {

/// A bit, its name in files, and the words for people.
struct FlagName {
  std::int32_t bit;
  const char* name;   ///< "late_release"
  const char* words;  ///< "late release"
};

/// Names of all bits of VisitRow::flags, of SampleRow::flags and of RankSummaryRow::throttle_reasons.
std::span<const FlagName> visit_flags();
std::span<const FlagName> sample_flags();
std::span<const FlagName> throttle_reasons();

/// Per point, the bits of all its visits together.
std::vector<std::int32_t> flags_of_points(const Results& results);

/// "late_release clock_limited"; empty where no bit is set.
std::string flag_names(std::int32_t flags);

/// What a reader must know before using a point: "not converged (rounds), late release, 12 wrong"; empty when nothing.
std::string marks(const PointRow& point, std::int32_t flags);

}  // namespace longhaul
