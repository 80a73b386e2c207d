#pragma once
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "results/acceptance.hpp"
#include "results/replication.hpp"
#include "results/tables.hpp"

namespace longhaul {

/// A quantity of a point on the scale on which it is judged: logs, the bound at `threshold`, more being worse if
/// `more_is_worse`.
struct Evidence {
  Estimate estimate;
  Estimate run, baseline;  ///< what `estimate` is the difference of; no units in `baseline`: it is the run's alone
  double threshold = 0;
  bool more_is_worse = true;
  std::function<double(double)> in_units;  ///< from the scale back to the quantity's unit
  bool is_bound = false;                   ///< the quantity is at least this: falling short of a floor proves nothing
  std::string missing;                     ///< why there is no evidence; empty where there is
};

/// What the points of a run have to say on bounds; made once for all rules.
class EvidenceOfRun {
 public:
  /// @param baseline  may be null
  /// @param bounded   by point of the run: whether a bound is about it
  EvidenceOfRun(const Results& results, const Results* baseline, const std::vector<bool>& bounded);
  Evidence of(std::size_t point, const Bound& bound) const;
  Level level() const { return level_; }

 private:
  Evidence of_time(std::size_t point, const Bound& bound, double amount, bool is_rate) const;
  Evidence of_slowdown(std::size_t point, const Bound& bound) const;
  Evidence of_host_spread(std::size_t point, const Bound& bound) const;
  Evidence of_events(std::size_t point, const Bound& bound) const;

  const Results& results_;
  Level level_ = Level::rounds;
  std::vector<Estimate> times_;
  bool has_baseline_ = false;
  std::unordered_map<std::string, Estimate> baseline_;
  std::vector<std::vector<double>> host_spread_;  ///< by point, a log a unit of `level_`
};

}  // namespace longhaul
