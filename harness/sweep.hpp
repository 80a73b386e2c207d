#pragma once
#include <set>
#include <string>
#include <vector>

#include "harness/plan.hpp"
#include "harness/reporter.hpp"
#include "harness/stopping.hpp"
#include "harness/visit.hpp"
#include "results/store.hpp"
#include "results/summary.hpp"

namespace longhaul {

/// The planned launch that a run serves next: the one that was cut off, else the one after the last; −1: all are done.
/// One that its time limit ended is not cut off, unless it is the last one planned: that is gone on with.
int next_slot(const Plan& plan, const std::vector<Point>& points, const Results& stored);

/// Slots number the plan's starts, over which its environments take turns.
/// environment_of: the slot's (NcclSettings::environment_key). launch_of: how many starts with that go before it.
/// points_in: those that it measures.
std::string environment_of(const Plan& plan, int slot);
int launch_of(const Plan& plan, int slot);
std::vector<Point> points_in(const Plan& plan, int slot, const std::vector<Point>& points);

/// Rank 0's decisions over one launch: which point next, for how long, is it enough. Everything finished goes to the
/// store.
class Sweep {
 public:
  /// Takes up what the store holds of these points, the slot's: visits of this slot are not repeated.
  Sweep(const Plan& plan, std::vector<Point> points, Store& store, int launch, int slot,
        std::vector<int> ranks_per_site);

  /// The next visit; point −1 when all is decided, the rounds are over or the time is.
  VisitOrder next(Duration elapsed);
  /// Store a finished visit and look at its point.
  void finish(const VisitOrder& order, VisitRecord record, Duration elapsed);
  /// Summarise what stayed undecided and join the parts. `interrupted`: a signal asked.
  void end(bool interrupted);

  const std::vector<Point>& points() const { return points_; }
  ProgressNews news(Duration elapsed) const;
  /// Points with wrong data so far.
  std::size_t wrong_points() const;
  std::size_t undecided_points() const;

 private:
  struct State {
    PointRow row;
    std::vector<VisitEvidence> visits;
    std::set<int> rounds;  ///< visited in this slot
    int ahead = 0;         ///< visits still to come in the round under way
    int look = 0;          ///< the last one taken, 1-based over all launches
    bool decided = false;
    bool is_pattern = false;  ///< of pairs, not a collective
  };

  void begin_round(Duration elapsed);
  Duration visit_time(Duration elapsed) const;
  void look_at(State& state, int round);
  void summarise_state(State& state, const std::string& reason);
  std::vector<VisitSamples> samples_of(const State& state) const;
  int look_number(int round) const { return launch_of(plan_, slot_) * plan_.rounds + round + 1; }

  Plan plan_;
  std::vector<Point> points_;
  Store& store_;
  int launch_, slot_;
  std::vector<int> ranks_per_site_;
  StoppingRule rule_;
  std::vector<State> states_;
  std::vector<std::size_t> queue_;  ///< of the round under way, last first
  int round_ = -1;
  Duration round_end_{};
  Duration share_{};     ///< of the round's time for each of its points
  double overhead_ = 0;  ///< of a visit beyond its samples, seconds, mean
  std::size_t finished_ = 0;
  ProgressNews latest_;
  bool out_of_time_ = false;
};

}  // namespace longhaul
