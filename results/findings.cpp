#include "results/findings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "results/diagnosis.hpp"
#include "results/report_summary.hpp"
#include "topologies/units.hpp"

namespace longhaul {

namespace {

/// "1 of 72 points", "2 of 72 points".
std::string share(std::size_t part, std::size_t whole, const char* noun) {
  return fmt::format("{} of {} {}{}", part, whole, noun, whole == 1 ? "" : "s");
}

std::string size_text(const PointRow& point) { return format_bytes(Bytes{static_cast<std::uint64_t>(point.size)}); }

/// "+10 ms", or "the native RTT" where a bare word would read oddly.
std::string at_wan(const std::string& wan) { return wan == "native" ? "native RTT" : wan_label(wan); }

/// "hierarchical all_reduce of 16 MiB at +10 ms"
std::string point_text(const PointRow& point) {
  return fmt::format("{} {} of {} at {}", point.algorithm, point.operation, size_text(point), at_wan(point.wan));
}

/// The first few, and how many more there are.
std::string some_points(const std::vector<const PointRow*>& points) {
  constexpr std::size_t shown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, points.size()); ++i) text += (i > 0 ? "; " : "") + point_text(*points[i]);
  if (points.size() > shown) text += fmt::format("; and {} more", points.size() - shown);
  return text;
}

/// Axes besides operation, algorithm, size and WAN: points that differ in these are not of one curve family.
using Family = std::tuple<std::string, std::string, int, std::string, int, std::string, std::string, std::string, int>;
Family family_of(const PointRow& point) {
  return {point.type,      point.reduce_op, point.in_place, point.mode, point.ranks,
          point.placement, point.backend,   point.settings, point.load};
}

/// What sentences about one operation speak of: its curves in one family, the one with most points (latency mode on a
/// tie).
struct Curves {
  std::string operation;
  std::vector<const PointRow*> points;
  std::string qualifier;  ///< " (throughput mode, int64)" where the file holds other families too

  /// The measured points of one algorithm and WAN setting, smallest first.
  std::vector<const PointRow*> series(const std::string& algorithm, const std::string& wan) const {
    std::vector<const PointRow*> chosen;
    for (const auto* point : points)
      if (point->algorithm == algorithm && point->wan == wan && point->median > 0) chosen.push_back(point);
    std::sort(chosen.begin(), chosen.end(), [](auto* a, auto* b) { return a->size < b->size; });
    return chosen;
  }
};

Curves curves_of(const Results& results, const std::string& operation) {
  std::map<Family, std::vector<const PointRow*>> families;
  for (const auto& point : results.points)
    if (point.operation == operation) families[family_of(point)].push_back(&point);
  const auto weight = [](const auto& family) {
    return std::make_pair(family.second.size(), std::get<3>(family.first) == "latency");
  };
  const auto best = std::max_element(families.begin(), families.end(),
                                     [&](const auto& a, const auto& b) { return weight(a) < weight(b); });
  const auto& first = *best->second.front();
  std::string qualifier;
  if (families.size() > 1) qualifier = fmt::format(" ({} mode, {}, {} ranks)", first.mode, first.type, first.ranks);
  return {operation, best->second, qualifier};
}

/// Operations in order of appearance.
std::vector<std::string> operations_of(const Results& results) {
  std::vector<std::string> operations;
  for (const auto& point : results.points)
    if (std::find(operations.begin(), operations.end(), point.operation) == operations.end())
      operations.push_back(point.operation);
  return operations;
}

// ---- wrong ----

void add_wrong_data(const Results& results, const std::vector<PointMarks>& marks, std::vector<Finding>& out) {
  std::vector<const PointRow*> wrong;
  for (std::size_t i = 0; i < results.points.size(); ++i)
    if (results.points[i].wrong > 0 || marks[i].wrong_data > 0) wrong.push_back(&results.points[i]);
  if (!wrong.empty())
    out.push_back(
        {Concern::wrong, fmt::format("{} delivered wrong data: {}.",
                                     share(wrong.size(), results.points.size(), "point"), some_points(wrong))});
}

void add_wan_not_felt(const Results& results, const std::vector<PointMarks>& marks, std::vector<Finding>& out) {
  std::vector<const PointRow*> unfelt;
  for (std::size_t i = 0; i < results.points.size(); ++i)
    if (marks[i].wan_not_felt > 0) unfelt.push_back(&results.points[i]);
  if (!unfelt.empty())
    out.push_back(
        {Concern::wrong, fmt::format("The configured delay was not felt by the transport in {}: {}.",
                                     share(unfelt.size(), results.points.size(), "point"), some_points(unfelt))});
}

void add_faster_than_light(const Results& results, const std::vector<WanSummary>& settings, std::vector<Finding>& out) {
  std::vector<const PointRow*> impossible;
  for (const auto& point : results.points)
    for (const auto& wan : settings)
      if (wan.id == point.wan && point.ci_high > 0 && point.ci_high < least_time(point, wan))
        impossible.push_back(&point);
  if (!impossible.empty())
    out.push_back(
        {Concern::wrong, fmt::format("{} faster than the distance and the link allow, so the WAN was not in force: {}.",
                                     share(impossible.size(), results.points.size(), "point") +
                                         (impossible.size() == 1 ? " is" : " are"),
                                     some_points(impossible))});
}

// ---- doubtful ----

void add_launch_marks(const Results& results, std::vector<Finding>& out) {
  std::set<std::string> flags;
  for (const auto& launch : results.launches)
    if (!launch.flags.empty()) flags.insert(launch.flags);
  for (const auto& flag : flags)
    out.push_back(
        {Concern::doubtful, fmt::format("The file is marked '{}': these are not results of the real thing.", flag)});
}

void add_doubtful_points(const Results& results, const std::vector<PointMarks>& marks, std::vector<Finding>& out) {
  std::size_t late = 0, clock = 0;
  for (const auto& mark : marks) {
    late += mark.mostly(mark.late_release);
    clock += mark.mostly(mark.clock_limited);
  }
  if (late > 0)
    out.push_back(
        {Concern::doubtful,
         fmt::format("In {} at least half of the visits saw the emulator release packets late: the machine was busy, "
                     "and their delay is longer than configured.",
                     share(late, results.points.size(), "point"))});
  if (clock > 0)
    out.push_back(
        {Concern::doubtful, fmt::format("{} too short for the clock's uncertainty (under 50 times it).",
                                        share(clock, results.points.size(), "point") + (clock == 1 ? " is" : " are"))});
}

// ---- answers ----

/// "2.9", "14"
std::string times_text(double ratio) {
  return ratio < 9.95 ? fmt::format("{:.1f}", ratio) : fmt::format("{:.0f}", ratio);
}

/// "2.9× faster than flat", "1.4× slower than flat", "no different from flat beyond noise"
std::string comparison_text(const PointRow& hierarchical, const PointRow& flat) {
  const auto ratio = speedup(hierarchical, flat);
  if (!ratio) return "no different from flat beyond noise";
  const bool faster = *ratio > 1;
  return fmt::format("{}× {} than flat", times_text(faster ? *ratio : 1 / *ratio), faster ? "faster" : "slower");
}

/// Two points that differ in algorithm only: hierarchical, flat.
using PointPair = std::pair<const PointRow*, const PointRow*>;

/// The same, after a comparison that has already said in which direction, "2.9× ", or that there is no difference, "".
std::string shorter_comparison_text(const PointPair& pair, const PointPair& said) {
  const auto ratio = speedup(*pair.first, *pair.second), before = speedup(*said.first, *said.second);
  if (!ratio && !before) return "";
  if (!ratio || !before || (*ratio > 1) != (*before > 1)) return comparison_text(*pair.first, *pair.second) + " ";
  return times_text(*ratio > 1 ? *ratio : 1 / *ratio) + "× ";
}

void add_algorithms(const Curves& curves, const std::vector<WanSummary>& settings, std::vector<Finding>& out) {
  for (auto wan = settings.rbegin(); wan != settings.rend(); ++wan) {  // farthest first: one sentence an operation
    std::vector<PointPair> both;
    const auto flats = curves.series("flat", wan->id);
    for (const auto* hierarchical : curves.series("hierarchical", wan->id))
      for (const auto* flat : flats)
        if (flat->size == hierarchical->size) both.emplace_back(hierarchical, flat);
    if (both.empty()) continue;
    const auto& [large, large_flat] = both.back();
    auto text = fmt::format("At {} the hierarchical {}{} is {} at {}", at_wan(wan->id), curves.operation,
                            curves.qualifier, comparison_text(*large, *large_flat), size_text(*large));
    if (both.size() > 1)
      text += fmt::format(" and {}at {}", shorter_comparison_text(both.front(), both.back()),
                          size_text(*both.front().first));
    out.push_back({Concern::answer, text + "."});
    return;
  }
}

/// "all_reduce of 16 B takes 1.51 flat and 0.52 hierarchical"; empty where the operation has no latency there.
std::string round_trips_text(const Curves& curves, const std::string& wan, double rtt) {
  std::string multiples;
  const PointRow* smallest = nullptr;
  for (const char* algorithm : {"flat", "hierarchical"}) {
    const auto series = curves.series(algorithm, wan);
    if (series.empty() || series.front()->mode != "latency") continue;
    if (smallest && smallest->size != series.front()->size) continue;
    smallest = series.front();
    multiples += fmt::format("{}{:.2f} {}", multiples.empty() ? "" : " and ", smallest->median / rtt, algorithm);
  }
  if (!smallest) return {};
  return fmt::format("{}{} of {} takes {}", curves.operation, curves.qualifier, size_text(*smallest), multiples);
}

void add_round_trips(const Results& results, const std::vector<WanSummary>& settings,
                     const std::vector<PairSummary>& pairs, std::vector<Finding>& out) {
  constexpr double least_rtt = 1e-3;  // below it the hosts' own time, not distance, makes most of a small collective
  const auto& farthest = settings.back();
  double rtt = 0;
  for (const auto& pair : pairs)
    if (pair.wan == farthest.id) rtt = std::max(rtt, pair.median);
  if (rtt < least_rtt) return;
  std::vector<std::string> texts;
  for (const auto& operation : operations_of(results))
    if (auto text = round_trips_text(curves_of(results, operation), farthest.id, rtt); !text.empty())
      texts.push_back(text);
  if (!texts.empty())
    out.push_back({Concern::answer, fmt::format("In round trips at {} ({} measured): {}.", at_wan(farthest.id),
                                                format_duration(from_seconds(rtt)), fmt::join(texts, "; "))});
}

void add_link_use(const Results& results, std::vector<Finding>& out) {
  const auto use = [](const PointRow& point) { return point.wire_limit > 0 ? point.wire_rate / point.wire_limit : 0; };
  const PointRow* fullest = nullptr;
  for (const auto& point : results.points)
    if (std::isfinite(use(point)) && use(point) > (fullest ? use(*fullest) : 0)) fullest = &point;
  if (!fullest) return;
  out.push_back({Concern::answer, fmt::format("The fullest use of the link is {}{:.0f} % of {}, by the {}.",
                                              fullest->wire_rate_is_bound ? "at least " : "", 100 * use(*fullest),
                                              format_bit_rate({fullest->wire_limit}), point_text(*fullest))});
}

// ---- remarks ----

void add_convergence(const Results& results, std::vector<Finding>& out) {
  std::map<std::string, int> reasons;
  std::size_t open = 0;
  for (const auto& point : results.points) {
    if (point.converged) continue;
    ++open;
    ++reasons[point.reason.empty() ? "not measured" : point.reason];
  }
  if (open == 0) {
    out.push_back({Concern::remark, fmt::format("All {} points converged.", results.points.size())});
    return;
  }
  std::string text;
  for (const auto& [reason, count] : reasons) text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", reason, count);
  out.push_back({Concern::remark, fmt::format("{} did not converge (stopped by {}).",
                                              share(open, results.points.size(), "point"), text)});
}

void add_lab(const Results& results, std::vector<Finding>& out) {
  const auto scaled = std::find_if(results.launches.begin(), results.launches.end(),
                                   [](const LaunchRow& launch) { return launch.scale > 1; });
  if (scaled != results.launches.end())
    out.push_back({Concern::remark, fmt::format("1:{} scaled lab: rates are divided by {}, delays are not.",
                                                scaled->scale, scaled->scale)});
  if (std::ranges::count(results.launches, uncapped_scale, &LaunchRow::scale) > 0)
    out.push_back({Concern::remark, "Uncapped lab: no rate is limited, bandwidths are this machine's."});
}

void add_visits(const Results& results, std::vector<Finding>& out) {
  std::size_t late = 0, oversubscribed = 0, throttled = 0;
  for (const auto& visit : results.visits) {
    late += (visit.flags & flag_late_release) != 0;
    oversubscribed += (visit.flags & flag_oversubscribed) != 0;
    throttled += (visit.flags & flag_throttled) != 0;
  }
  if (late > 0)
    out.push_back({Concern::remark, fmt::format("The emulator released packets late in {}.",
                                                share(late, results.visits.size(), "visit"))});
  if (throttled > 0)
    out.push_back({Concern::doubtful, fmt::format("Power or heat held a GPU back in {}: /rank_summary says which.",
                                                  share(throttled, results.visits.size(), "visit"))});
  if (oversubscribed > 0)
    out.push_back(
        {Concern::remark, fmt::format("More ranks than cores in {}: waiting for a core is part of these times.",
                                      share(oversubscribed, results.visits.size(), "visit"))});
}

void add_drops(const Results& results, std::vector<Finding>& out) {
  std::int64_t drops = 0, packets = 0;
  for (const auto& link : results.links) {
    drops += link.drops;
    packets += link.packets;
  }
  if (drops > 0)
    out.push_back({Concern::remark,
                   fmt::format("The links dropped {} packets ({} %).", drops,
                               format_significant(
                                   100.0 * static_cast<double>(drops) / static_cast<double>(drops + packets), 2))});
}

void add_launches(const Results& results, std::vector<Finding>& out) {
  if (results.launches.size() == 1)
    out.push_back(
        {Concern::remark, "One launch: the intervals hold what differs between rounds, not between launches."});
}

/// What stands in the way at the largest size, a clause a cause: "the link's rate: flat all_reduce at 0 ms, native
/// RTT".
void add_limits(const Results& results, std::vector<Finding>& out) {
  std::map<Limiter, std::map<std::string, std::vector<std::string>>> causes;
  for (const auto& limit : limits(results))
    if (limit.limiter != Limiter::unknown)
      causes[limit.limiter][fmt::format("{} {}", limit.point.algorithm, limit.point.operation)].push_back(
          at_wan(limit.point.wan));
  for (const auto& [limiter, series] : causes) {
    std::string text;
    for (const auto& [name, settings] : series) {
      const std::set<std::string> distinct(settings.begin(), settings.end());
      const bool everywhere = distinct.size() > 1 && distinct.size() == wan_settings(results).size();
      text += fmt::format("{}{} at {}", text.empty() ? "" : "; ", name,
                          everywhere ? "every setting" : fmt::format("{}", fmt::join(distinct, ", ")));
    }
    out.push_back({Concern::answer, fmt::format("At the largest size, limited by {}: {}.", name_of(limiter), text)});
  }
}

void add_outliers(const Results& results, std::vector<Finding>& out) {
  for (const auto& outlier : outliers(results))
    out.push_back({Concern::doubtful, fmt::format("{} stands out: {}.", outlier.name, outlier.text)});
}

}  // namespace

std::string name_of(Concern concern) {
  switch (concern) {
    case Concern::wrong: return "wrong";
    case Concern::doubtful: return "doubtful";
    case Concern::answer: return "answer";
    case Concern::remark: return "remark";
  }
  return {};
}

std::optional<double> speedup(const PointRow& a, const PointRow& b) {
  const auto usable = [](const PointRow& point) { return point.median > 0 && point.ci_low > 0 && point.wrong <= 0; };
  if (!usable(a) || !usable(b)) return std::nullopt;
  if (!(a.ci_high < b.ci_low) && !(b.ci_high < a.ci_low)) return std::nullopt;
  return b.median / a.median;
}

std::vector<Finding> findings(const Results& results) {
  if (results.points.empty()) return {{Concern::doubtful, "The file holds no points: nothing was measured."}};
  const auto marks = point_marks(results);
  const auto settings = wan_settings(results);
  const auto pairs = pair_summaries(results);
  std::vector<Finding> out;
  add_wrong_data(results, marks, out);
  add_wan_not_felt(results, marks, out);
  add_faster_than_light(results, settings, out);
  add_outliers(results, out);
  add_launch_marks(results, out);
  add_doubtful_points(results, marks, out);
  for (const auto& operation : operations_of(results)) add_algorithms(curves_of(results, operation), settings, out);
  add_round_trips(results, settings, pairs, out);
  add_link_use(results, out);
  add_limits(results, out);
  add_convergence(results, out);
  add_visits(results, out);
  add_drops(results, out);
  add_lab(results, out);
  add_launches(results, out);
  return out;
}

}  // namespace longhaul
