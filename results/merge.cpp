#include "results/merge.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "results/conditions.hpp"
#include "results/joint_rule.hpp"
#include "results/summary.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

/// Appends the rows of one file after another, renumbered.
class Joiner {
 public:
  Results take() {
    for (const auto& visit : joined_.visits) visits_of_[visit.point].push_back(visit.visit);
    for (auto& point : joined_.points)
      if (!is_summed_up(point)) summarise_again(point);
    return std::move(joined_);
  }

  void add(const Results& file) {
    add_launches(file);
    add_points(file);
    for (const auto& row : file.wan)
      if (std::ranges::none_of(joined_.wan, [&](const WanRow& known) {
            return known.wan == row.wan && known.site_a == row.site_a && known.site_b == row.site_b;
          }))
        joined_.wan.push_back(row);
    add_visits(file);
  }

 private:
  void add_launches(const Results& file) {
    launches_.clear();
    for (const auto& launch : file.launches) {
      if (!launch.id.empty() && !known_launches_.insert(launch.id).second) continue;
      launches_[launch.launch] = static_cast<std::int32_t>(joined_.launches.size());
      joined_.launches.push_back(launch);
      joined_.launches.back().launch = joined_.launches.back().slot = launches_[launch.launch];
    }
    for (auto rank : file.ranks)
      if (const auto launch = launches_.find(rank.launch); launch != launches_.end()) {
        rank.launch = launch->second;
        joined_.ranks.push_back(rank);
      }
  }

  /// By point of the file: the number among our launches of the first that visited it, where that launch is new.
  std::unordered_map<int, std::int32_t> first_launches(const Results& file) const {
    std::unordered_map<int, std::int32_t> first;
    for (const auto& visit : file.visits)
      if (const auto launch = launches_.find(visit.launch); launch != launches_.end())
        first.try_emplace(visit.point, launch->second);
    return first;
  }

  void expect_same_conditions(const PointRow& point, std::int32_t before, std::int32_t now) const {
    const auto& launches = joined_.launches;
    if (const auto difference =
            first_difference(launches[static_cast<std::size_t>(before)], launches[static_cast<std::size_t>(now)]))
      throw UsageError(
          "cannot join the files: point {} was measured with {} '{}' in one and '{}' in another; keep them apart, and "
          "look at both with compare",
          point.key, difference->what, difference->a, difference->b);
  }

  /// The joined point, described by the file that has most visits of it.
  void take_fuller(std::int32_t place, const PointRow& point, std::size_t visits) {
    auto& fullest = fullest_[place];
    if (visits <= fullest) return;
    fullest = visits;
    joined_.points[static_cast<std::size_t>(place)] = point;
    joined_.points[static_cast<std::size_t>(place)].point = place;
  }

  void add_points(const Results& file) {
    points_.clear();
    const auto first = first_launches(file);
    std::unordered_map<std::int32_t, std::size_t> visits;
    for (const auto& visit : file.visits) ++visits[visit.point];
    for (const auto& point : file.points) {
      const auto [place, is_new] = point_of_.try_emplace(point.key, static_cast<std::int32_t>(joined_.points.size()));
      points_[point.point] = place->second;
      if (point.wire_rate > 0 && point.median > 0) crossing_.try_emplace(place->second, point);
      if (const auto launch = first.find(point.point); launch != first.end())
        if (const auto [known, unseen] = measured_by_.try_emplace(place->second, launch->second); !unseen)
          expect_same_conditions(point, known->second, launch->second);
      if (is_new) {
        joined_.points.push_back(point);
        joined_.points.back().point = place->second;
      } else if (joined_.points[static_cast<std::size_t>(place->second)].moved != point.moved) {
        throw UsageError("point {} moves {} bytes in one file and {} in another: they cannot be one point", point.key,
                         joined_.points[static_cast<std::size_t>(place->second)].moved, point.moved);
      }
      take_fuller(place->second, point, visits[point.point]);
    }
  }

  void add_visits(const Results& file) {
    std::unordered_map<int, std::int32_t> visits;
    for (auto visit : file.visits) {
      const auto launch = launches_.find(visit.launch);
      if (launch == launches_.end()) continue;
      const auto first = file.samples.begin() + visit.first_sample;
      const auto number = static_cast<std::int32_t>(joined_.visits.size());
      visits[visit.visit] = number;
      visit.visit = number;
      visit.point = points_.at(visit.point);
      visit.launch = launch->second;
      visit.first_sample = static_cast<std::int64_t>(joined_.samples.size());
      joined_.samples.insert(joined_.samples.end(), first, first + visit.sample_count);
      for (auto i = static_cast<std::size_t>(visit.first_sample); i < joined_.samples.size(); ++i)
        joined_.samples[i].visit = number;
      joined_.visits.push_back(visit);
    }
    copy_rows(file.pairs, joined_.pairs, visits);
    copy_rows(file.links, joined_.links, visits);
    copy_rows(file.rank_summary, joined_.rank_summary, visits);
    copy_rows(file.soak, joined_.soak, visits);
    copy_rows(file.events, joined_.events, visits);
    copy_rows(file.exchanges, joined_.exchanges, visits);
  }

  template <class Row>
  static void copy_rows(const std::vector<Row>& rows, std::vector<Row>& to,
                        const std::unordered_map<int, std::int32_t>& visits) {
    for (auto row : rows)
      if (const auto visit = visits.find(row.visit); visit != visits.end()) {
        row.visit = visit->second;
        to.push_back(row);
      }
  }

  std::vector<VisitEvidence> evidence_of(std::int32_t point) {
    std::vector<VisitEvidence> evidence;
    for (const auto number : visits_of_[point]) {
      const auto& visit = joined_.visits[static_cast<std::size_t>(number)];
      VisitEvidence one{visit, {visit.launch, visit.round, {}}, {}};
      for (std::int64_t i = 0; i < visit.sample_count; ++i) {
        const auto& sample = joined_.samples[static_cast<std::size_t>(visit.first_sample + i)];
        if (sample.flags == 0) one.samples.durations.push_back(sample.duration);
      }
      // Imported: the visit's median is all there is of it, and one value of the point.
      if (visit.sample_count == 0 && visit.median > 0) one.samples.durations.push_back(visit.median);
      evidence.push_back(std::move(one));
    }
    return evidence;
  }

  /// No interval is surer than the digits that were printed.
  static void widen_to_digits(PointRow& point, const std::vector<VisitEvidence>& evidence) {
    if (std::isnan(point.ci_low)) return;
    for (const auto& visit : evidence)
      if (visit.row.resolution > 0) {
        point.ci_low = std::min(point.ci_low, point.median - visit.row.resolution / 2);
        point.ci_high = std::max(point.ci_high, point.median + visit.row.resolution / 2);
      }
  }

  /// Whether the file that describes a point holds all its visits and summed them up: it knows best why it ended, and
  /// which looks it took.
  bool is_summed_up(const PointRow& point) {
    const auto visits = visits_of_[point.point].size();
    return visits == fullest_[point.point] && visits == static_cast<std::size_t>(point.visits) &&
           (visits < 2 || point.samples > 0);
  }

  JointRule rule_of(const PointRow& point, const std::vector<VisitEvidence>& evidence) const {
    std::set<std::int32_t> numbers;
    for (const auto& visit : evidence) numbers.insert(visit.row.launch);
    std::vector<const LaunchRow*> launches;
    for (const auto number : numbers) launches.push_back(&joined_.launches[static_cast<std::size_t>(number)]);
    JointRule fallback;
    if (point.confidence > 0) fallback.confidence = point.confidence;
    return joint_rule(launches, fallback);
  }

  void summarise_again(PointRow& point) {
    const auto evidence = evidence_of(point.point);
    if (evidence.empty()) return;
    std::vector<VisitSamples> samples;
    std::vector<double> durations;
    for (const auto& visit : evidence) {
      samples.push_back(visit.samples);
      durations.insert(durations.end(), visit.samples.durations.begin(), visit.samples.durations.end());
    }
    const bool imported = std::ranges::all_of(evidence, [](const auto& visit) { return visit.row.sample_count == 0; });
    const auto rule = rule_of(point, evidence);
    auto interval = median_interval(samples, 1 - rule.alpha());
    if (interval) interval->confidence = rule.confidence;
    const bool converged = !imported && interval && evidence.size() > 1 &&
                           interval->relative_half_width(median(durations)) <= rule.precision;
    const auto before = point;
    summarise(point, evidence, interval, converged, converged ? "converged" : reason_of(before, imported));
    if (imported) {
      point.samples = 0;
      widen_to_digits(point, evidence);
    }
    if (point.wrong < 0) point.wrong = before.wrong;
    add_crossing(point);
  }

  /// Converged in one file, and not together: its rounds are over.
  static std::string reason_of(const PointRow& point, bool imported) {
    const bool stands =
        imported || !(point.reason.empty() || point.reason == "converged" || point.reason == "wrong data");
    return stands ? point.reason : "rounds";
  }

  /// What one collective puts on the busiest link is the point's own; the rate of it is at the median of all files.
  void add_crossing(PointRow& point) const {
    const auto known = crossing_.find(point.point);
    if (known == crossing_.end() || !(point.median > 0)) return;
    const auto& file = known->second;
    point.wire_rate = file.wire_rate * file.median / point.median;
    point.wire_rate_is_bound = file.wire_rate_is_bound;
    point.wire_limit = file.wire_limit;
  }

  Results joined_;
  std::set<std::string> known_launches_;
  std::unordered_map<std::string, std::int32_t> point_of_;
  std::unordered_map<std::int32_t, std::int32_t>
      measured_by_;                                        ///< our point → the first of our launches that visited it
  std::unordered_map<std::int32_t, PointRow> crossing_;    ///< our point → the first row that tells its wire rate
  std::unordered_map<std::int32_t, std::size_t> fullest_;  ///< our point → visits of it in the file that describes it
  std::unordered_map<int, std::int32_t> launches_, points_;  ///< of the file being added: its number → ours
  std::map<std::int32_t, std::vector<std::int32_t>> visits_of_;
};

}  // namespace

Results merge(const std::vector<Results>& files) {
  Joiner joiner;
  for (const auto& file : files) joiner.add(file);
  return joiner.take();
}

}  // namespace longhaul
