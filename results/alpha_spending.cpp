#include "results/alpha_spending.hpp"

#include <cmath>
#include <map>
#include <mutex>
#include <numbers>
#include <tuple>
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
    constexpr int intervals = 160;
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
    for (std::size_t i = 0; i < places_.size(); ++i) sum += masses_[i] * normal_density(place - places_[i]);
    return sum;
  }

  std::vector<double> places_, masses_;
};

/// Levels of looks 1 … last, of `looks` declared; the last one spends all that is left.
/// Source of the recursion: P. Armitage, C. K. McPherson, B. C. Rowe, J. R. Stat. Soc. A 132 (1969) 235.
std::vector<double> levels(double alpha, int last, int looks) {
  std::vector<double> result;
  Surviving surviving;
  double before = 0;
  for (int look = 1; look <= last; ++look) {
    const double now = look == last ? alpha : spent(alpha, static_cast<double>(look) / looks);
    const double limit = solve_decreasing([&](double at) { return surviving.leaving(at); }, now - before);
    result.push_back(2 * normal_cdf(-limit / std::sqrt(look)));
    surviving = surviving.after(limit);
    before = now;
  }
  return result;
}

/// Levels cost some 10⁵ exponentials and a run asks for the same few over and over.
double remembered_level(double confidence, int look, int last, int looks) {
  static std::mutex guard;
  static std::map<std::tuple<double, int, int>, std::vector<double>> known;
  const std::lock_guard lock(guard);
  auto& entry = known[{confidence, last, looks}];
  if (entry.empty()) entry = levels(1 - confidence, last, looks);
  return entry[static_cast<std::size_t>(look - 1)];
}

}  // namespace

double alpha_at_look(double confidence, int look, int looks) {
  return remembered_level(confidence, look, looks, looks);
}

double alpha_at_last_look(double confidence, int look, int looks) {
  return remembered_level(confidence, look, look, looks);
}

}  // namespace longhaul
