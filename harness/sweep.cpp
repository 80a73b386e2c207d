#include "harness/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "collectives/nccl_settings.hpp"
#include "harness/estimate.hpp"
#include "harness/pattern.hpp"

namespace longhaul {
namespace {

/// Shorter visits would be set-up only.
constexpr auto kLeastVisitTime = std::chrono::milliseconds(8);

constexpr const char* kOutOfTime = "time";

/// A visit whose WAN was not there measured something else: its round is still to be had.
bool counts(const VisitRow& visit) { return (visit.flags & flag_wan_not_felt) == 0; }

/// Valid samples only, in the order taken.
VisitSamples valid_samples(const VisitRow& visit, std::span<const SampleRow> samples) {
  VisitSamples valid{visit.launch, visit.round, {}};
  if (!counts(visit)) return valid;
  for (const auto& sample : samples)
    if (sample.flags == 0) valid.durations.push_back(sample.duration);
  return valid;
}

std::span<const SampleRow> samples_of_visit(const Results& stored, const VisitRow& visit) {
  return std::span(stored.samples)
      .subspan(static_cast<std::size_t>(visit.first_sample), static_cast<std::size_t>(visit.sample_count));
}

std::map<std::int32_t, std::vector<LinkRow>> links_by_visit(const Results& stored) {
  std::map<std::int32_t, std::vector<LinkRow>> links;
  for (const auto& link : stored.links) links[link.visit].push_back(link);
  return links;
}

std::map<std::int32_t, std::int32_t> slots_by_launch(const Results& stored) {
  std::map<std::int32_t, std::int32_t> slots;
  for (const auto& launch : stored.launches) slots[launch.launch] = launch.slot;
  return slots;
}

double sampling_time(const VisitRecord& record) {
  double time = 0;
  for (const auto& sample : record.samples) time += sample.duration * record.row.collectives;
  return time;
}

/// What one visit of a point took so far, all in all.
Duration mean_cost(std::span<const VisitEvidence> visits) {
  double sum = 0;
  for (const auto& visit : visits) sum += visit.row.elapsed;
  return visits.empty() ? Duration{0} : from_seconds(sum / static_cast<double>(visits.size()));
}

StoppingRule rule_of(const Plan& plan) { return {plan.precision, plan.confidence, plan.rounds * plan.launches}; }

/// The first from `slot` on that has points to measure; `starts` where none has.
int first_with_points(const Plan& plan, const std::vector<Point>& points, int slot) {
  while (slot < starts(plan) && points_in(plan, slot, points).empty()) ++slot;
  return slot;
}

/// Visits and looks of one point within a slot, from the store.
bool point_done(const Plan& plan, int slot, const std::set<int>& rounds, std::span<const VisitSamples> visits,
                bool every_round) {
  if (static_cast<int>(rounds.size()) >= plan.rounds) return true;
  if (rounds.empty() || every_round) return false;
  return look(rule_of(plan), visits, launch_of(plan, slot) * plan.rounds + *rounds.rbegin() + 1).enough;
}

}  // namespace

std::string environment_of(const Plan& plan, int slot) {
  const auto all = environments(plan);
  return all[static_cast<std::size_t>(slot) % all.size()];
}

int launch_of(const Plan& plan, int slot) { return slot / static_cast<int>(environments(plan).size()); }

std::vector<Point> points_in(const Plan& plan, int slot, const std::vector<Point>& points) {
  if (environments(plan).size() == 1) return points;  // of a pattern settings name something else
  const auto environment = environment_of(plan, slot);
  std::vector<Point> own;
  std::ranges::copy_if(points, std::back_inserter(own), [&](const Point& point) {
    return parse_nccl_settings(point.settings).environment_key() == environment;
  });
  return own;
}

int next_slot(const Plan& plan, const std::vector<Point>& all_points, const Results& stored) {
  if (stored.launches.empty()) return first_with_points(plan, all_points, 0);
  const int slot = stored.launches.back().slot;
  const auto points = points_in(plan, slot, all_points);
  const auto slots = slots_by_launch(stored);
  std::map<std::string, std::set<int>> rounds;
  std::map<std::string, std::vector<VisitSamples>> visits;
  for (const auto& visit : stored.visits) {
    const auto& key = stored.points[static_cast<std::size_t>(visit.point)].key;
    visits[key].push_back(valid_samples(visit, samples_of_visit(stored, visit)));
    if (slots.at(visit.launch) == slot && counts(visit)) rounds[key].insert(visit.round);
  }
  const bool complete = std::ranges::all_of(points, [&](const Point& point) {
    return point_done(plan, slot, rounds[point.key()], visits[point.key()], pattern_of(point).has_value());
  });
  // A launch that these points had their time in is over, complete or not; but the last one may be given more.
  const bool visited = std::ranges::any_of(points, [&](const Point& point) { return !rounds[point.key()].empty(); });
  const bool over = complete || (visited && stored.launches.back().ended == kOutOfTime);
  if (const int next = first_with_points(plan, all_points, slot + 1); over && next < starts(plan)) return next;
  return complete ? -1 : slot;
}

Sweep::Sweep(const Plan& plan, std::vector<Point> points, Store& store, int launch, int slot,
             std::vector<int> ranks_per_site)
    : plan_(plan),
      points_(std::move(points)),
      store_(store),
      launch_(launch),
      slot_(slot),
      ranks_per_site_(std::move(ranks_per_site)),
      rule_(rule_of(plan)) {
  const auto& stored = store_.results();
  const auto links = links_by_visit(stored);
  const auto slots = slots_by_launch(stored);
  std::map<std::int32_t, std::size_t> state_of;  // by the store's point index
  for (const auto& point : points_) {
    State state{row_of(point), {}, {}, 0, 0, false, pattern_of(point).has_value()};
    state.row.point = store_.point_index(state.row);
    state_of[state.row.point] = states_.size();
    states_.push_back(std::move(state));
  }
  for (const auto& visit : stored.visits) {
    const auto found = state_of.find(visit.point);
    if (found == state_of.end()) continue;
    auto& state = states_[found->second];
    const auto counted = links.find(visit.visit);
    state.visits.push_back({visit, valid_samples(visit, samples_of_visit(stored, visit)),
                            counted == links.end() ? std::vector<LinkRow>{} : counted->second});
    if (slots.at(visit.launch) == slot_ && counts(visit)) state.rounds.insert(visit.round);
  }
  for (auto& state : states_)
    if (!state.rounds.empty()) look_at(state, *state.rounds.rbegin());
}

std::vector<VisitSamples> Sweep::samples_of(const State& state) const {
  std::vector<VisitSamples> samples;
  for (const auto& visit : state.visits) samples.push_back(visit.samples);
  return samples;
}

void Sweep::look_at(State& state, int round) {
  state.look = look_number(round);
  const auto verdict = look(rule_, samples_of(state), state.look);
  // A point that has converged rests until the next launch: launches are what comparisons resample.
  // Pairs are told apart by their scatter from visit to visit, so a pattern takes all rounds.
  state.decided = verdict.enough && !state.is_pattern;
  summarise_state(state, verdict.reason);
}

void Sweep::summarise_state(State& state, const std::string& reason) {
  const auto samples = samples_of(state);
  const auto interval = final_interval(rule_, samples, std::max(state.look, 1));
  const bool converged = precise_enough(rule_, samples, interval);
  summarise(state.row, state.visits, interval, converged, converged ? "converged" : reason);
  if (!state.is_pattern) add_wire_rate(state.row, state.visits, ranks_per_site_);
  store_.summarise(state.row);
}

/// Time goes where confidence is worst: a point's share by how far its interval is from what was asked for.
void Sweep::begin_round(Duration elapsed) {
  ++round_;
  const auto open = [this](const State& state) { return !state.decided && !state.rounds.contains(round_); };
  const auto left = std::max(Duration{0}, plan_.time_limit - elapsed) / (plan_.rounds - round_);
  round_end_ = elapsed + left;
  share_ = left / std::max<std::int64_t>(1, std::ranges::count_if(states_, open));
  const auto weight = [this](const State& state) {
    return weight_of((state.row.ci_high - state.row.ci_low) / 2 / state.row.median, rule_.precision);
  };
  double weights = 0;
  for (const auto& state : states_)
    if (open(state)) weights += weight(state);

  std::vector<std::size_t> visits;
  for (std::size_t point = 0; point < states_.size(); ++point) {
    auto& state = states_[point];
    const auto share = [&] { return from_seconds(seconds(left) * weight(state) / weights); };
    state.ahead = open(state) ? visits_in_round(share(), mean_cost(state.visits)) : 0;
    visits.insert(visits.end(), static_cast<std::size_t>(state.ahead), point);
  }
  for (const auto place : visit_order(visits.size(), plan_.seed, slot_, round_)) queue_.push_back(visits[place]);
}

/// Of the next visit's samples, by the plan or so that the round ends in time; short enough to visit the point again.
Duration Sweep::visit_time(Duration elapsed) const {
  if (plan_.visit_time > Duration{0}) return plan_.visit_time;
  if (plan_.time_limit == Duration{0}) return kDefaultVisitTime;
  const auto fair = fair_share(round_end_ - elapsed, queue_.size(), from_seconds(overhead_));
  return std::max<Duration>(kLeastVisitTime, std::min(fair, share_ / kMostVisitsARound));
}

VisitOrder Sweep::next(Duration elapsed) {
  while (queue_.empty()) {
    if (round_ + 1 >= plan_.rounds) return {};
    if (round_ >= 0) store_.compact(false);
    begin_round(elapsed);
  }
  out_of_time_ = plan_.time_limit > Duration{0} && elapsed >= plan_.time_limit;
  if (out_of_time_) return {};
  const auto& visits = states_[queue_.back()].visits;
  return {static_cast<std::int32_t>(queue_.back()),
          round_,
          false,
          {visit_time(elapsed), plan_.min_samples, plan_.max_samples},
          plan_.seed * 1'000'003 + store_.results().visits.size(),
          visits.empty() ? 0 : visits.back().row.median};
}

void Sweep::finish(const VisitOrder& order, VisitRecord record, Duration elapsed) {
  queue_.pop_back();
  auto& state = states_[static_cast<std::size_t>(order.point)];
  record.row.point = state.row.point;
  record.row.launch = launch_;
  record.row.order = static_cast<std::int32_t>(finished_);
  const double extra = std::max(0.0, record.row.elapsed - sampling_time(record));
  overhead_ += (extra - overhead_) / static_cast<double>(++finished_);

  VisitEvidence evidence{record.row, valid_samples(record.row, record.samples), record.links};
  store_.append(record.row, std::move(record.samples), std::move(record.pairs), std::move(record.links),
                std::move(record.ranks), std::move(record.soak), std::move(record.events), std::move(record.exchanges));
  state.visits.push_back(std::move(evidence));
  state.rounds.insert(order.round);
  if (--state.ahead == 0) look_at(state, order.round);  // looks are declared: one a round

  const auto& point = points_[static_cast<std::size_t>(order.point)];
  latest_.point = fmt::format("{} {} {} {}", name_of(point.operation), name_of(point.algorithm),
                              format_bytes(point.size), point.wan);
  latest_.median = record.row.median;
  latest_ = news(elapsed);
}

ProgressNews Sweep::news(Duration elapsed) const {
  ProgressNews news = latest_;
  news.round = round_ + 1;
  news.rounds = plan_.rounds;
  news.points = points_.size();
  news.points_converged =
      static_cast<std::size_t>(std::ranges::count_if(states_, [](const State& s) { return s.row.converged != 0; }));
  const auto active =
      static_cast<std::size_t>(std::ranges::count_if(states_, [](const State& s) { return !s.decided; }));
  const auto ahead = queue_.size() + active * static_cast<std::size_t>(plan_.rounds - 1 - round_);
  news.visits_done = finished_;
  news.visits_planned = finished_ + ahead;
  news.elapsed = elapsed;
  news.left =
      finished_ > 0 ? elapsed / static_cast<std::int64_t>(finished_) * static_cast<std::int64_t>(ahead) : Duration{-1};
  if (plan_.time_limit > Duration{0})
    news.left = std::min(news.left, std::max(Duration{0}, plan_.time_limit - elapsed));
  return news;
}

void Sweep::end(bool interrupted) {
  const std::string reason = interrupted ? "interrupted" : out_of_time_ ? kOutOfTime : "rounds";
  for (auto& state : states_)
    if (!state.decided) summarise_state(state, reason);
  store_.end_launch(launch_, interrupted || out_of_time_ ? reason : "done");
  store_.compact(true);
}

std::size_t Sweep::wrong_points() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(states_, [](const State& state) { return state.row.wrong > 0; }));
}

std::size_t Sweep::undecided_points() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(states_, [](const State& state) { return state.row.converged == 0; }));
}

}  // namespace longhaul
