#include "results/comparison.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include "results/distributions.hpp"
#include "results/rate_scale.hpp"
#include "results/report_summary.hpp"
#include "results/shared_scatter.hpp"
#include "topologies/error.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

constexpr double power = 0.80;
constexpr double least_effect = 0.05;  ///< what units_needed is for, where the margin is less

/// A file with all that is asked of its points.
struct Side {
  explicit Side(const Results& all) : results(all), replication(replication_of_points(all)), marks(point_marks(all)) {
    for (std::size_t i = 0; i < all.points.size(); ++i) index.emplace(all.points[i].key, i);
  }
  const Results& results;
  std::vector<Replication> replication;
  std::vector<PointMarks> marks;
  std::unordered_map<std::string, std::size_t> index;
};

struct Match {
  std::size_t base, other;
};

/// Nothing is concluded from wrong data, or from a delay that was not there.
bool usable(const Side& side, std::size_t point) {
  const auto& marks = side.marks[point];
  return side.results.points[point].wrong <= 0 && marks.wrong_data == 0 && marks.wan_not_felt == 0;
}

std::string note_of(const Side& side, std::size_t point, const Estimate& units, const char* name) {
  const auto& row = side.results.points[point];
  if (row.wrong > 0 || side.marks[point].wrong_data > 0) return fmt::format("wrong data in {}", name);
  if (side.marks[point].wan_not_felt > 0) return fmt::format("WAN not felt in {}", name);
  if (units.units == 0) return fmt::format("not measured in {}", name);
  if (units.units == 1) return fmt::format("no repetition in {}", name);
  if (side.marks[point].doubtful()) return fmt::format("flagged in {}", name);
  return {};
}

ComparedPoint compare_point(const Side& base, const Side& other, const Match& match, const Estimate& a,
                            const Estimate& b) {
  ComparedPoint point;
  point.base = base.results.points[match.base];
  point.other = other.results.points[match.other];
  point.effect = difference(a, b);
  point.base_time = a.units > 0 ? std::exp(a.mean) : unknown_value;
  point.other_time = b.units > 0 ? std::exp(b.mean) : unknown_value;
  point.ratio = std::exp(point.effect.mean);
  const auto in_base = note_of(base, match.base, a, "the base"), in_other = note_of(other, match.other, b, "the other");
  point.note = in_base.empty() || in_other.empty() ? in_base + in_other : in_base + ", " + in_other;
  if (!usable(base, match.base) || !usable(other, match.other)) point.effect.freedom = 0;
  return point;
}

/// What the interval says, which excludes 1 exactly where the test is rejected.
void judge(ComparedPoint& point, const HolmTest& test, double margin) {
  point.test = test;
  const auto interval = interval_of(point.effect, 1 - test.level);
  if (!interval) return;
  point.low = std::exp(interval->low);
  point.high = std::exp(interval->high);
  const double reach = std::log1p(margin);
  if (test.rejected && point.effect.mean > reach) point.verdict = ComparisonVerdict::slower;
  if (test.rejected && point.effect.mean < -reach) point.verdict = ComparisonVerdict::faster;
  if (interval->low >= -reach && interval->high <= reach) point.verdict = ComparisonVerdict::same;
}

/// Standard error of a comparison of `units` with `units` of the same scatter, in standard deviations of one, times
/// what must be reached: t of the corrected test and of the power.
double reach_of(int units, double alpha) {
  const double freedom = 2.0 * (units - 1);
  return (student_two_sided(alpha, freedom) + student_two_sided(2 * (1 - power), freedom)) * std::sqrt(2.0 / units);
}

/// Fills in what such a comparison can find at all.
void add_sensitivity(PairComparison& pair, double alpha, double margin) {
  std::vector<double> deviations;  // of one unit, in logs
  std::vector<double> detectable;
  for (const auto& point : pair.points) {
    if (!(point.effect.freedom > 0)) continue;
    const double error = std::sqrt(point.effect.variance);
    deviations.push_back(error / std::sqrt(2.0 / point.effect.units));
    detectable.push_back(error * (student_two_sided(alpha, point.effect.freedom) +
                                  student_two_sided(2 * (1 - power), point.effect.freedom)));
  }
  if (deviations.empty()) return;
  pair.detectable = std::expm1(median(detectable));
  const double deviation = median(deviations), wanted = std::log1p(std::max(margin, least_effect));
  int units = 2;
  while (units <= most_units_needed && reach_of(units, alpha) * deviation > wanted) ++units;
  pair.units_needed = units <= most_units_needed ? units : -1;
}

std::vector<Match> matches_of(const Side& base, const Side& other, PairComparison& pair) {
  std::vector<Match> matches;
  for (std::size_t i = 0; i < base.results.points.size(); ++i) {
    const auto& row = base.results.points[i];
    if (const auto found = other.index.find(row.key); found != other.index.end())
      matches.push_back({i, found->second});
    else
      pair.only_in_base.push_back(row);
  }
  for (const auto& row : other.results.points)
    if (!base.index.contains(row.key)) pair.only_in_other.push_back(row);
  return matches;
}

template <class Get>
void add_axis(std::vector<std::string>& differing, const char* axis, const Results& a, const Results& b, Get get) {
  std::set<std::string> in_a, in_b;
  for (const auto& point : a.points) in_a.insert(get(point));
  for (const auto& point : b.points) in_b.insert(get(point));
  const bool apart = std::ranges::none_of(in_a, [&](const auto& value) { return in_b.contains(value); });
  if (apart && !in_a.empty() && !in_b.empty())
    differing.push_back(fmt::format("{} ({} / {})", axis, fmt::join(in_a, ", "), fmt::join(in_b, ", ")));
}

PairComparison compare_pair(const ComparedFile& base_file, const Side& base, const ComparedFile& file) {
  const Side other(*file.results);
  PairComparison pair;
  pair.name = file.name;
  pair.provenance = provenance_differences(base.results, other.results);
  pair.scale = rate_scale(base.results);
  if (const auto scale = rate_scale(other.results); scale != pair.scale)
    pair.scale = fmt::format("{} | {}", pair.scale.empty() ? "1:1" : pair.scale, scale.empty() ? "1:1" : scale);
  const auto matches = matches_of(base, other, pair);
  if (matches.empty()) throw UsageError("{}", what_keeps_apart(base_file, file));
  std::vector<const Replication*> measured;
  for (const auto& match : matches)
    for (const auto* units : {&base.replication[match.base], &other.replication[match.other]})
      if (!units->rounds.empty()) measured.push_back(units);
  pair.level = common_level(measured);
  for (const auto* units : measured) {
    const auto count = static_cast<int>(units->of(pair.level).size());
    pair.least_units = pair.least_units == 0 ? count : std::min(pair.least_units, count);
  }
  const auto together = togetherness(base.replication) + togetherness(other.replication);
  const auto in_base = estimates_of(base.replication, pair.level, together),
             in_other = estimates_of(other.replication, pair.level, together);
  for (const auto& match : matches)
    pair.points.push_back(compare_point(base, other, match, in_base[match.base], in_other[match.other]));
  return pair;
}

}  // namespace

std::string name_of(ComparisonVerdict verdict) {
  switch (verdict) {
    case ComparisonVerdict::slower: return "slower";
    case ComparisonVerdict::faster: return "faster";
    case ComparisonVerdict::same: return "same";
    case ComparisonVerdict::ambiguous: return "ambiguous";
  }
  return {};
}

std::string what_keeps_apart(const ComparedFile& base, const ComparedFile& other) {
  std::set<std::string> keys;
  for (const auto& point : base.results->points) keys.insert(point.key);
  if (std::ranges::any_of(other.results->points, [&](const auto& point) { return keys.contains(point.key); }))
    return {};
  std::vector<std::string> differing;
  const auto add = [&](const char* axis, auto get) { add_axis(differing, axis, *base.results, *other.results, get); };
  add("collective", [](auto& p) { return p.operation; });
  add("algorithm", [](auto& p) { return p.algorithm; });
  add("type", [](auto& p) { return p.type; });
  add("reduce-op", [](auto& p) { return p.reduce_op; });
  add("in-place", [](auto& p) { return std::string(p.in_place ? "true" : "false"); });
  add("mode", [](auto& p) { return p.mode; });
  add("size", [](auto& p) { return format_bytes({static_cast<std::uint64_t>(std::max<std::int64_t>(p.size, 0))}); });
  add("WAN", [](auto& p) { return p.wan; });
  add("backend", [](auto& p) { return p.backend; });
  add("settings", [](auto& p) { return p.settings; });
  add("load", [](auto& p) { return p.load == 0 ? std::string("none") : std::to_string(p.load); });
  add("ranks", [](auto& p) { return std::to_string(p.ranks); });
  add("placement", [](auto& p) { return p.placement; });
  return fmt::format("{} and {} have no point in common; a point is matched by all its axes{}{}", base.name, other.name,
                     differing.empty() ? "" : ", and these differ: ", fmt::join(differing, ", "));
}

Comparison compare(const std::vector<ComparedFile>& files, const ComparisonOptions& options) {
  Comparison comparison{options, files.front().name, 0, {}};
  const Side base(*files.front().results);
  std::vector<double> p;
  for (std::size_t i = 1; i < files.size(); ++i) {
    comparison.pairs.push_back(compare_pair(files.front(), base, files[i]));
    for (const auto& point : comparison.pairs.back().points)
      if (point.effect.freedom > 0) p.push_back(two_sided_p(point.effect));
  }
  comparison.tests = p.size();
  const double alpha = 1 - options.confidence;
  const auto tests = holm(p, alpha);
  std::size_t next = 0;
  for (auto& pair : comparison.pairs) {
    for (auto& point : pair.points)
      if (point.effect.freedom > 0) judge(point, tests[next++], options.margin);
    if (!p.empty()) add_sensitivity(pair, alpha / static_cast<double>(p.size()), options.margin);
  }
  return comparison;
}

PointNames names_of_pair(const PairComparison& pair) {
  std::vector<PointRow> points;
  for (const auto& point : pair.points) points.push_back(point.base);
  return PointNames(points);
}

std::size_t count(const PairComparison& pair, ComparisonVerdict verdict) {
  return static_cast<std::size_t>(
      std::ranges::count_if(pair.points, [&](const auto& point) { return point.verdict == verdict; }));
}

}  // namespace longhaul
