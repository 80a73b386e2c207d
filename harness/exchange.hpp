#pragma once
#include <map>
#include <vector>

#include "collectives/device.hpp"
#include "harness/pattern.hpp"
#include "harness/sampler.hpp"
#include "harness/schedule.hpp"
#include "results/tables.hpp"

namespace longhaul {

/// One visit's exchanges: every pair of a schedule sends a buffer there and back, pass by pass. Its calls are
/// collective, what they gather is on rank 0.
///
/// An exchange's time is half of one there-and-back by the lower rank's own clock, so no common clock is needed; it
/// begins after 8 bytes have gone there and back, so that waiting for the other is not in it. Contents are not checked.
class Exchanges {
 public:
  Exchanges(const Bench& bench, Device& device, std::vector<Step> steps, const Buffers& buffers);

  /// Passes that do not count: they open connections, and windows over a long way.
  void warm_up();
  /// Passes until the budget is spent; rank 0 decides.
  void sample(const VisitBudget& budget);

  /// A sample is a pass: the mean time of its exchanges.
  const std::vector<Sample>& samples() const { return samples_; }
  /// Each pair's own median and least time over all passes.
  std::vector<ExchangeRow> rows() const;

 private:
  /// What one rank timed in one pass, as the lower of its pairs.
  struct Timed {
    std::int32_t peer = 0;
    double time = 0;
  };
  std::vector<Timed> pass();
  void meet();
  double time_exchange(const RankPair& pair);
  void add(const std::vector<std::vector<Timed>>& by_rank);

  const Bench& bench_;
  std::vector<Step> steps_;
  const Buffers& buffers_;
  Buffer word_;  ///< where the buffers are, since not every library carries host memory
  std::map<RankPair, std::vector<double>> pairs_;
  std::vector<Sample> samples_;
};

}  // namespace longhaul
