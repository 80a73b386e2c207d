#include "results/host_effect.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "results/replication.hpp"
#include "results/shared_scatter.hpp"
#include "results/statistics.hpp"

namespace longhaul {
namespace {

constexpr double confidence = 0.99;
constexpr double deviations = 4;
constexpr double mad_to_deviation = 1.4826;  ///< of a normal distribution
constexpr double least_host = 0.10;          ///< of bandwidth: what an operator would look into
constexpr double least_pair = 0.20;
constexpr double least_small = 0.50;  ///< of small messages, whose times are the hosts' own and differ by place
constexpr std::int64_t small = 65536;

/// Bandwidth is a matter of links; small messages are a matter of who runs on which core.
double least_of(const PairMatrix& matrix, double large) { return matrix.point.moved <= small ? least_small : large; }

double log_time(const PairMatrix& matrix, const std::vector<double>& visit, std::size_t a, std::size_t b) {
  return std::log(visit[a * matrix.size() + b]);  // NaN where they did not meet
}

/// The lower of the two middle values: one of two mates may be the slow one.
double lower_median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[(values.size() - 1) / 2];
}

/// Of one host in one visit; NaN where it has no mate with a common partner.
double effect_of(const PairMatrix& matrix, const std::vector<double>& visit, std::size_t host) {
  std::vector<double> by_mate;
  for (std::size_t mate = 0; mate < matrix.size(); ++mate) {
    if (mate == host || matrix.sites[mate] != matrix.sites[host]) continue;
    std::vector<double> contrasts;
    for (std::size_t third = 0; third < matrix.size(); ++third) {
      const double contrast = log_time(matrix, visit, host, third) - log_time(matrix, visit, mate, third);
      if (std::isfinite(contrast)) contrasts.push_back(contrast);
    }
    if (!contrasts.empty()) by_mate.push_back(median(contrasts));
  }
  return by_mate.empty() ? unknown_value : lower_median(by_mate);
}

/// Lower medians: of four hosts in two sites one slow one makes two values differ, its own and its mate's mirror image.
double robust_deviation(const std::vector<double>& values) {
  const double middle = lower_median(values);
  std::vector<double> distances;
  for (const double value : values) distances.push_back(std::abs(value - middle));
  return mad_to_deviation * lower_median(distances);
}

struct Candidate {
  std::size_t a, b;
  std::vector<double> by_visit;
};

/// Those that stand out from all candidates.
std::vector<Excess> standing_out(const std::vector<Candidate>& candidates, double least) {
  std::vector<double> typical;
  std::vector<Estimate> estimates;
  for (const auto& candidate : candidates) {
    typical.push_back(median(candidate.by_visit));
    estimates.push_back(estimate(candidate.by_visit));
  }
  const auto shared = shared_scatter(estimates);
  if (typical.empty()) return {};
  const double others = deviations * robust_deviation(typical);
  const double each = 1 - 2 * (1 - confidence) / static_cast<double>(candidates.size());  // one side of two counts
  std::vector<Excess> found;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto interval = interval_of(with_shared(estimates[i], shared), each);
    const bool beyond = interval && interval->low > 0 && typical[i] > std::max(std::log1p(least), others);
    if (beyond) found.push_back({candidates[i].a, candidates[i].b, std::expm1(typical[i])});
  }
  return found;
}

double excess_of(const std::vector<Excess>& hosts, std::size_t host) {
  for (const auto& found : hosts)
    if (found.a == host) return std::log1p(found.share);
  return 0;
}

}  // namespace

std::vector<HostEffect> host_effects(const PairMatrix& matrix) {
  std::vector<HostEffect> effects;
  for (std::size_t host = 0; host < matrix.size(); ++host) {
    HostEffect effect{host, {}};
    for (const auto& visit : matrix.least)
      if (const double value = effect_of(matrix, visit, host); std::isfinite(value)) effect.by_visit.push_back(value);
    if (!effect.by_visit.empty()) effects.push_back(std::move(effect));
  }
  return effects;
}

std::vector<Excess> slow_hosts(const PairMatrix& matrix) {
  std::vector<Candidate> candidates;
  for (auto& effect : host_effects(matrix)) candidates.push_back({effect.host, effect.host, effect.by_visit});
  return standing_out(candidates, least_of(matrix, least_host));
}

std::vector<Excess> slow_pairs(const PairMatrix& matrix, const std::vector<Excess>& hosts) {
  std::map<std::pair<std::string, std::string>, std::vector<std::pair<std::size_t, std::size_t>>> groups;
  for (std::size_t a = 0; a < matrix.size(); ++a)
    for (std::size_t b = a + 1; b < matrix.size(); ++b)
      if (matrix.time(a, b) > 0) groups[std::minmax(matrix.sites[a], matrix.sites[b])].emplace_back(a, b);
  std::vector<Candidate> candidates;
  for (const auto& [sites, pairs] : groups) {
    if (pairs.size() < 3) continue;
    std::vector<Candidate> group;
    for (const auto& [a, b] : pairs) group.push_back({a, b, {}});
    for (const auto& visit : matrix.least) {
      std::vector<double> rest;
      for (const auto& [a, b] : pairs)
        rest.push_back(log_time(matrix, visit, a, b) - excess_of(hosts, a) - excess_of(hosts, b));
      if (!std::ranges::all_of(rest, [](double value) { return std::isfinite(value); })) continue;
      const double usual = median(rest);
      for (std::size_t i = 0; i < rest.size(); ++i) group[i].by_visit.push_back(rest[i] - usual);
    }
    std::erase_if(group, [](const Candidate& candidate) { return candidate.by_visit.empty(); });
    candidates.insert(candidates.end(), group.begin(), group.end());
  }
  return standing_out(candidates, least_of(matrix, least_pair));
}

}  // namespace longhaul
