#pragma once
#include <string>
#include <vector>

#include "results/holm.hpp"
#include "results/point_names.hpp"
#include "results/provenance_difference.hpp"
#include "results/replication.hpp"
#include "results/tables.hpp"

namespace longhaul {

/// A file that takes part; the first of them is the base that others are held against.
struct ComparedFile {
  std::string name;
  const Results* results = nullptr;
};

struct ComparisonOptions {
  double margin = 0.02;      ///< practical equivalence: ratios within 1/(1 + margin) … 1 + margin count as the same
  double confidence = 0.95;  ///< that no verdict of faster or slower is false, over all points of all files together
};

/// Of a file's time against the base's.
enum class ComparisonVerdict {
  slower,     ///< the interval is above 1 and the ratio past the margin
  faster,     ///< the interval is below 1 and the ratio past the margin
  same,       ///< the whole interval is within the margin
  ambiguous,  ///< none of these can be told from what was measured
};
/// "slower", …
std::string name_of(ComparisonVerdict verdict);

/// One point in two files.
struct ComparedPoint {
  PointRow base, other;
  Estimate effect;  ///< of log(other/base)
  /// s; geometric means (trimmed from eight units on) of the units' medians, which the ratio is made of. The medians of
  /// all samples in `base` and `other` may differ from them: there a unit with more samples weighs more.
  double base_time = unknown_value, other_time = unknown_value;
  double ratio = unknown_value;                      ///< other_time / base_time: centre of the interval
  double low = unknown_value, high = unknown_value;  ///< interval at the level that Holm's procedure asks of this point
  HolmTest test;
  ComparisonVerdict verdict = ComparisonVerdict::ambiguous;
  std::string note;  ///< why nothing can be told, or what to doubt: "no repetition in A", "wrong data"
};

/// A file against the base.
struct PairComparison {
  std::string name;
  std::vector<ProvenanceDifference> provenance;
  std::string scale;  ///< of both files' rates, "base | other" where they differ; empty where all are the topologies'
  std::vector<ComparedPoint> points;  ///< in order of the base
  std::vector<PointRow> only_in_base, only_in_other;
  Level level = Level::rounds;  ///< what the units are
  int least_units = 0;          ///< of that level, in any point and file that has some
  /// Typical (median over points) share that a difference must have to be found with 80 % power among so many points.
  double detectable = unknown_value;
  /// Units a file needs so that a difference of the margin, or of 5 % where the margin is less, is found so; 0:
  /// unknown; −1: more than most_units_needed.
  int units_needed = 0;
};
constexpr int most_units_needed = 1000;

struct Comparison {
  ComparisonOptions options;
  std::string base;
  std::size_t tests = 0;  ///< points the correction counts
  std::vector<PairComparison> pairs;
};

/// Matches points by their whole key and compares median durations by Welch's t test of the logs of units' medians; a
/// unit is a launch where every matched point has two launches or more in both files, else a round. Verdicts are
/// corrected by Holm's procedure over all points of all files. Rates and reasons: docs/compare.md.
/// @param files  two or more
/// @throws UsageError when no point of a file is in the base as well, naming the axes that differ
Comparison compare(const std::vector<ComparedFile>& files, const ComparisonOptions& options);

/// Why two files cannot be compared: they have no point in common, and which axes keep them apart; empty where they
/// can.
std::string what_keeps_apart(const ComparedFile& base, const ComparedFile& other);

/// As sentences and tables about a pair call its points.
PointNames names_of_pair(const PairComparison& pair);

/// Points of a pair with this verdict.
std::size_t count(const PairComparison& pair, ComparisonVerdict verdict);

}  // namespace longhaul
