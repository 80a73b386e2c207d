#pragma once
#include <string>
#include <vector>

#include "results/comparison.hpp"

/// A comparison as text. What differs in provenance comes first, then what was found, then the points.
namespace longhaul {

/// For a terminal: aligned tables. @param all  also the points with verdict 'same' or 'ambiguous'
std::string comparison_table(const Comparison& comparison, bool all);
std::string comparison_markdown(const Comparison& comparison);
/// A row a point and file; times in seconds.
std::string comparison_csv(const Comparison& comparison);
std::string comparison_json(const Comparison& comparison);

/// Of a pair, a sentence a line: verdicts counted, the worst point, what its units are and what it could find.
std::vector<std::string> comparison_summary(const Comparison& comparison, const PairComparison& pair);

}  // namespace longhaul
