#include "results/host_effect.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "results/statistics.hpp"

namespace longhaul {
namespace {

constexpr double deviations = 3;
constexpr double mad_to_deviation = 1.4826;  ///< of a normal distribution
constexpr double least_host = 0.10;          ///< of bandwidth: what an operator would look into
constexpr double least_pair = 0.20;
constexpr double least_small = 0.50;  ///< of small messages, whose times are the hosts' own and differ by place
constexpr std::int64_t small_message = 65536;

/// Bandwidth is a matter of links; small messages are a matter of who runs on which core.
double least_of(const PairMatrix& matrix, double large) {
  return matrix.point.moved <= small_message ? least_small : large;
}

/// Logs of the least times over every `step`-th visit from `first` on; NaN where a pair did not meet.
std::vector<double> least_logs(const PairMatrix& matrix, std::size_t first, std::size_t step) {
  std::vector<double> least(matrix.size() * matrix.size(), unknown_value);
  for (std::size_t visit = first; visit < matrix.least.size(); visit += step)
    for (std::size_t cell = 0; cell < least.size(); ++cell)
      least[cell] = std::fmin(least[cell], matrix.least[visit][cell]);  // of a number and NaN: the number
  for (double& cell : least) cell = std::log(cell);
  return least;
}

/// The lower of the two middle values: one of two mates may be the slow one.
double lower_median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[(values.size() - 1) / 2];
}

/// Of one host or rank against these; NaN where it has no partner in common with any.
double effect_of(const std::vector<double>& logs, std::size_t size, std::size_t host,
                 const std::vector<std::size_t>& mates) {
  std::vector<double> by_mate;
  for (const auto mate : mates) {
    std::vector<double> contrasts;
    for (std::size_t third = 0; third < size; ++third)
      if (const double contrast = logs[host * size + third] - logs[mate * size + third]; std::isfinite(contrast))
        contrasts.push_back(contrast);
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

/// Those that stand out from all candidates, in both halves of the visits.
std::vector<Excess> standing_out(const std::vector<Effect>& candidates, double least) {
  std::vector<double> all;
  for (const auto& candidate : candidates) all.push_back(candidate.all);
  if (all.empty()) return {};
  const double others = deviations * robust_deviation(all), bound = std::log1p(least);
  std::vector<Excess> found;
  for (const auto& candidate : candidates)
    if (candidate.all > std::max(bound, others) && std::min(candidate.even, candidate.odd) > bound)
      found.push_back({candidate.a, candidate.b, std::expm1(candidate.all)});
  return found;
}

/// What it is held against.
using Mates = std::vector<std::size_t>;

Mates mates_of(const PairMatrix& matrix, std::size_t host) {
  Mates mates;
  for (std::size_t mate = 0; mate < matrix.size(); ++mate)
    if (mate != host && matrix.sites[mate] == matrix.sites[host]) mates.push_back(mate);
  return mates;
}

struct RankMates {
  Mates siblings;  ///< the other ranks of its host
  Mates fellows;   ///< those of its local rank on other hosts of its site
};

std::vector<RankMates> rank_mates(const PairMatrix& matrix) {
  std::map<std::string, Mates> of_host;
  std::map<std::pair<std::string, std::int32_t>, Mates> of_local_rank;  // by site
  for (std::size_t rank = 0; rank < matrix.size(); ++rank) {
    of_host[matrix.hosts[rank]].push_back(rank);
    of_local_rank[{matrix.sites[rank], matrix.local_ranks[rank]}].push_back(rank);
  }
  std::vector<RankMates> all;
  for (std::size_t rank = 0; rank < matrix.size(); ++rank) {
    RankMates mates{of_host[matrix.hosts[rank]], of_local_rank[{matrix.sites[rank], matrix.local_ranks[rank]}]};
    std::erase(mates.siblings, rank);
    std::erase(mates.fellows, rank);
    all.push_back(std::move(mates));
  }
  return all;
}

/// Of everyone whose effect is known over all visits and over either half.
template <class EffectOf>
std::vector<Effect> effects(const PairMatrix& matrix, EffectOf effect_in) {
  if (matrix.least.size() < 2) return {};
  const auto all = least_logs(matrix, 0, 1), even = least_logs(matrix, 0, 2), odd = least_logs(matrix, 1, 2);
  std::vector<Effect> known;
  for (std::size_t host = 0; host < matrix.size(); ++host) {
    const Effect effect{host, host, effect_in(all, host), effect_in(even, host), effect_in(odd, host)};
    if (std::isfinite(effect.all) && std::isfinite(effect.even) && std::isfinite(effect.odd)) known.push_back(effect);
  }
  return known;
}

double excess_of(const std::vector<Excess>& hosts, std::size_t host) {
  for (const auto& found : hosts)
    if (found.a == host) return std::log1p(found.share);
  return 0;
}

}  // namespace

std::vector<Effect> host_effects(const PairMatrix& matrix) {
  return effects(matrix, [&](const std::vector<double>& logs, std::size_t host) {
    return effect_of(logs, matrix.size(), host, mates_of(matrix, host));
  });
}

std::vector<Effect> rank_effects(const PairMatrix& matrix) {
  const auto others = rank_mates(matrix);
  return effects(matrix, [&](const std::vector<double>& logs, std::size_t rank) {
    const double among_siblings = effect_of(logs, matrix.size(), rank, others[rank].siblings);
    const double among_fellows = effect_of(logs, matrix.size(), rank, others[rank].fellows);
    return std::isnan(among_fellows) ? among_siblings : std::min(among_siblings, among_fellows);
  });
}

std::vector<Excess> slow_hosts(const PairMatrix& matrix) {
  return standing_out(host_effects(matrix), least_of(matrix, least_host));
}

std::vector<Excess> slow_ranks(const PairMatrix& matrix) {
  return standing_out(rank_effects(matrix), least_of(matrix, least_host));
}

std::vector<Excess> slow_pairs(const PairMatrix& matrix, const std::vector<Excess>& hosts) {
  if (matrix.least.size() < 2) return {};
  const std::size_t size = matrix.size();
  std::map<std::pair<std::string, std::string>, std::vector<std::pair<std::size_t, std::size_t>>> groups;
  for (std::size_t a = 0; a < size; ++a)
    for (std::size_t b = a + 1; b < size; ++b)
      if (matrix.time(a, b) > 0) groups[std::minmax(matrix.sites[a], matrix.sites[b])].emplace_back(a, b);
  std::vector<Effect> candidates;
  for (const auto& group : groups) {
    const auto& pairs = group.second;
    if (pairs.size() < 3) continue;
    // What is left of each pair, against what is usual between these sites.
    const auto rest_of = [&](const std::vector<double>& logs) {
      std::vector<double> rest;
      for (const auto& [a, b] : pairs) rest.push_back(logs[a * size + b] - excess_of(hosts, a) - excess_of(hosts, b));
      std::vector<double> known;
      for (const double value : rest)
        if (std::isfinite(value)) known.push_back(value);
      const double usual = known.empty() ? unknown_value : median(known);
      for (double& value : rest) value -= usual;
      return rest;
    };
    const auto all = rest_of(least_logs(matrix, 0, 1)), even = rest_of(least_logs(matrix, 0, 2)),
               odd = rest_of(least_logs(matrix, 1, 2));
    for (std::size_t i = 0; i < pairs.size(); ++i)
      if (std::isfinite(all[i]) && std::isfinite(even[i]) && std::isfinite(odd[i]))
        candidates.push_back({pairs[i].first, pairs[i].second, all[i], even[i], odd[i]});
  }
  return standing_out(candidates, least_of(matrix, least_pair));
}

}  // namespace longhaul
