#include "results/alpha_spending.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <numbers>
#include <utility>
#include <vector>

#include "results/distributions.hpp"
#include "results/solve.hpp"

namespace longhaul {
namespace {

double normal_density(double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi); }

double spent(double alpha, double share) { return 2 * normal_cdf(normal_quantile(alpha / 2) / std::sqrt(share)); }

/// The sum of k standard normal visits while no look has erred: a density on a grid between ±limit, with Simpson's
/// weights.
class Surviving {
 public:
  /// Before any visit: the sum is 0.
  Surviving() : places_{0}, masses_{1} {}

  /// Probability that the next visit takes the sum beyond ±limit.
  double leaving(double limit) const {
    double sum = 0;
    for (std::size_t i = 0; i < places_.size(); ++i)
      sum += masses_[i] * (normal_cdf(places_[i] - limit) + normal_cdf(-limit - places_[i]));
    return sum;
  }

  /// After one more visit that stayed within ±limit.
  Surviving after(double limit) const {
    const int intervals = std::max(160, 2 * static_cast<int>(std::ceil(2 * limit)));  // half a deviation, at most
    Surviving next;
    next.places_.resize(intervals + 1);
    next.masses_.resize(intervals + 1);
    const double step = 2 * limit / intervals;
    for (int i = 0; i <= intervals; ++i) {
      const double place = -limit + i * step;
      const double simpson = step / 3 * (i == 0 || i == intervals ? 1 : i % 2 == 1 ? 4 : 2);
      next.places_[i] = place;
      next.masses_[i] = simpson * density(place);
    }
    return next;
  }

 private:
  double density(double place) const {
    double sum = 0;
    for (std::size_t i = 0; i < places_.size(); ++i)
      if (std::abs(place - places_[i]) < 9) sum += masses_[i] * normal_density(place - places_[i]);  // beyond: 1e-18
    return sum;
  }

  std::vector<double> places_, masses_;
};

/// Levels of one look after another of `looks` declared. What a look spends depends on those before it only, so none is
/// computed before it is asked for, and each once.
/// Source of the recursion: P. Armitage, C. K. McPherson, B. C. Rowe, J. R. Stat. Soc. A 132 (1969) 235.
class Spending {
 public:
  Spending(double alpha, int looks) : alpha_(alpha), looks_(looks) {}

  struct Levels {
    double going_on, last;  ///< last: spends all that is left
  };
  Levels at(int look) {
    while (static_cast<int>(known_.size()) < look) pass_next_look();
    return known_[static_cast<std::size_t>(look - 1)];
  }

 private:
  void pass_next_look() {
    const int look = static_cast<int>(known_.size()) + 1;
    const double now = look == looks_ ? alpha_ : spent(alpha_, static_cast<double>(look) / looks_);
    const double limit = limit_for(now - spent_);
    known_.push_back({level_of(limit, look), level_of(look == looks_ ? limit : limit_for(alpha_ - spent_), look)});
    surviving_ = surviving_.after(limit);
    spent_ = now;
  }

  double limit_for(double share) const {
    return solve_decreasing([this](double at) { return surviving_.leaving(at); }, share);
  }
  static double level_of(double limit, int look) { return 2 * normal_cdf(-limit / std::sqrt(look)); }

  double alpha_;
  int looks_;
  double spent_ = 0;
  Surviving surviving_;
  std::vector<Levels> known_;
};

/// A look costs some 10⁵ exponentials and a run asks for the same few over and over.
Spending::Levels remembered_levels(double confidence, int look, int looks) {
  static std::mutex guard;
  static std::map<std::pair<double, int>, Spending> known;
  const std::lock_guard lock(guard);
  return known.try_emplace({confidence, looks}, 1 - confidence, looks).first->second.at(look);
}

}  // namespace

double alpha_at_look(double confidence, int look, int looks) {
  return remembered_levels(confidence, look, looks).going_on;
}

double alpha_at_last_look(double confidence, int look, int looks) {
  return remembered_levels(confidence, look, looks).last;
}

}  // namespace longhaul
