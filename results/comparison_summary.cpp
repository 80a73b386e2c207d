#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "results/comparison_output.hpp"
#include "results/point_names.hpp"
#include "topologies/text.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

std::string percent(double share, int digits = 2) { return format_significant(100 * share, digits) + " %"; }

/// "5.2 % slower", "4.9 % faster": how much more or less time.
std::string change(const ComparedPoint& point) {
  return point.ratio >= 1 ? percent(point.ratio - 1) + " slower" : percent(1 - point.ratio) + " faster";
}

/// Rates divided by different numbers are different links, whatever else was compared; divided alike, still no
/// cluster's.
std::string caution(const PairComparison& pair) {
  for (const auto& row : pair.provenance)
    if (row.what == "scale")
      return fmt::format(
          "careful: the lab's rates are scaled {} in one file and {} in the other; large messages differ for that "
          "alone",
          row.a, row.b);
  return pair.scale.empty() ? "" : fmt::format("the lab's rates are {}, delays 1:1", pair.scale);
}

std::string counts(const PairComparison& pair) {
  std::vector<std::string> parts;
  for (const auto verdict :
       {ComparisonVerdict::slower, ComparisonVerdict::faster, ComparisonVerdict::same, ComparisonVerdict::ambiguous})
    if (const auto number = count(pair, verdict); number > 0)
      parts.push_back(fmt::format("{} {}", number, name_of(verdict)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// The greatest difference with this verdict, in words; empty where there is none.
std::string extreme(const PairComparison& pair, ComparisonVerdict verdict, const char* word) {
  const ComparedPoint* most = nullptr;
  for (const auto& point : pair.points)
    if (point.verdict == verdict && (!most || std::abs(point.effect.mean) > std::abs(most->effect.mean))) most = &point;
  if (!most) return {};
  return fmt::format("{}: {}, {} (interval {:.3f} to {:.3f} times the base's time)", word,
                     names_of_pair(pair).of(most->base), change(*most), most->low, most->high);
}

std::string basis(const PairComparison& pair) {
  if (pair.level == Level::launches)
    return fmt::format("unit: launches ({} or more a point and file)", pair.least_units);
  return fmt::format(
      "unit: rounds ({} or more a point and file); what differs from launch to launch is not in the intervals: "
      "measure with --launches 3 or more before you believe a small difference",
      pair.least_units);
}

std::string sensitivity(const Comparison& comparison, const PairComparison& pair) {
  if (std::isnan(pair.detectable))
    return "no point was repeated in both files, so that nothing can be told; two rounds or launches are the least";
  const double wanted = std::max(comparison.options.margin, 0.05);
  const auto needed =
      pair.units_needed > 0
          ? fmt::format("{} {} a file would find", pair.units_needed, name_of(pair.level))
          : fmt::format("more than {} {} a file would be needed for", most_units_needed, name_of(pair.level));
  return fmt::format(
      "corrected for {} by Holm's procedure: a typical point finds a difference of {} with 80 % power; {} {}",
      counted(comparison.tests, "point"), percent(pair.detectable), needed, percent(wanted));
}

}  // namespace

std::vector<std::string> comparison_summary(const Comparison& comparison, const PairComparison& pair) {
  std::vector<std::string> lines{fmt::format("{} against {}: {}", pair.name, comparison.base, counts(pair))};
  for (auto& line : {caution(pair), extreme(pair, ComparisonVerdict::slower, "slowest"),
                     extreme(pair, ComparisonVerdict::faster, "fastest")})
    if (!line.empty()) lines.push_back(line);
  lines.push_back(basis(pair));
  lines.push_back(sensitivity(comparison, pair));
  if (!pair.only_in_base.empty() || !pair.only_in_other.empty())
    lines.push_back(fmt::format("not compared: {} only in {}, {} only in {}",
                                counted(pair.only_in_base.size(), "point"), comparison.base,
                                counted(pair.only_in_other.size(), "point"), pair.name));
  return lines;
}

}  // namespace longhaul
