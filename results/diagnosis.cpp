#include "results/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "results/curves.hpp"
#include "results/late_hosts.hpp"
#include "results/pair_outliers.hpp"
#include "results/report_summary.hpp"
#include "results/slow_links.hpp"
#include "results/statistics.hpp"
#include "topologies/error.hpp"
#include "topologies/load.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

constexpr double full = 0.8;  ///< share of a link's rate
constexpr double busy = 0.5;  ///< share of a member's rate, on average over collectives: they have other parts too
constexpr double hardly_slower = 1.5;  ///< time of the largest size over the smallest's
constexpr double alike = 0.25;         ///< two rates, or two windows
constexpr double far_apart = 2;        ///< ratio of RTTs that tells a window from a host
constexpr double least_excess = 5e-3;  ///< s of round trip
constexpr double excess_share = 0.2;   ///< of the configured round trip
constexpr double beyond_others = 8;
constexpr double least_drops = 0.01;  ///< share of packets
constexpr double drops_beyond = 10;
constexpr double chance_of_empty = 1e-3;    ///< of any member of a link
constexpr double crowded = 3;               ///< times what the others carry on average
constexpr double chance_of_crowded = 1e-6;  ///< connections do not all carry the same, so far from what chance does

bool near(double a, double b) { return std::abs(a - b) <= alike * std::max(a, b); }

/// Points in whose visits links dropped packets at least every other time.
std::set<std::int32_t> lossy_points(const Results& results) {
  std::map<std::int32_t, int> visits, dropping;
  std::set<std::int32_t> dropping_visits;
  for (const auto& link : results.links)
    if (link.drops > 0) dropping_visits.insert(link.visit);
  for (const auto& visit : results.visits) {
    ++visits[visit.point];
    dropping[visit.point] += dropping_visits.contains(visit.visit);
  }
  std::set<std::int32_t> lossy;
  for (const auto& [point, count] : visits)
    if (2 * dropping[point] >= count) lossy.insert(point);
  return lossy;
}

/// Seconds that the collectives of each visit took.
double collective_time(const Results& results, const VisitRow& visit) {
  double time = 0;
  for (std::int64_t i = 0; i < visit.sample_count; ++i)
    time += results.samples[static_cast<std::size_t>(visit.first_sample + i)].duration;
  return time * static_cast<double>(visit.collectives);
}

/// Points during which the busiest member of a link with several was busy, in the middle one of their visits.
std::set<std::int32_t> points_with_busy_member(const Results& results) {
  std::set<std::string> several;
  for (const auto& row : results.links)
    if (row.member > 0) several.insert(row.link);
  std::map<std::int32_t, double> carrying;  // by visit: s that its bytes take at the member's rate
  for (const auto& row : results.links)
    if (row.rate > 0 && several.contains(row.link))
      carrying[row.visit] = std::max(carrying[row.visit], static_cast<double>(row.bytes) / row.rate);
  std::map<std::int32_t, std::vector<double>> uses;
  for (const auto& visit : results.visits)
    if (const double time = collective_time(results, visit); time > 0 && carrying.contains(visit.visit))
      uses[visit.point].push_back(carrying.at(visit.visit) / time);
  std::set<std::int32_t> points;
  for (auto& [point, shares] : uses)
    if (median(std::move(shares)) >= busy) points.insert(point);
  return points;
}

/// What points are said to have by their visits.
struct Marked {
  std::set<std::int32_t> lossy, busy_member;
};

struct Place {
  const PointRow* point = nullptr;
  double rtt = unknown_value;
};

/// Compares a setting with the one farthest from it in RTT, of the same series and size.
Limiter by_distance(const Place& here, const std::vector<Place>& all) {
  for (const auto& other : all) {
    const double low = std::min(here.rtt, other.rtt), high = std::max(here.rtt, other.rtt);
    if (!(high > far_apart * low) || !(other.point->algbw > 0)) continue;
    if (near(here.point->algbw, other.point->algbw)) return Limiter::host;
    if (low > 0 && near(here.point->algbw * here.rtt, other.point->algbw * other.rtt)) return Limiter::window;
  }
  return Limiter::unknown;
}

Limiter limiter_of(const Place& largest, const Place& smallest, const std::vector<Place>& all, const Marked& marked) {
  const auto& point = *largest.point;
  if (point.wire_limit > 0 && point.wire_rate / point.wire_limit >= full) return Limiter::link;
  if (largest.rtt > 0 && point.size > smallest.point->size && point.median <= hardly_slower * smallest.point->median)
    return Limiter::latency;
  if (marked.lossy.contains(point.point)) return Limiter::loss;
  if (marked.busy_member.contains(point.point)) return Limiter::member;
  return by_distance(largest, all);
}

void add_limits(const Curve& curve, const Results& results, const std::vector<WanSummary>& settings,
                const Marked& marked, std::vector<Limit>& limits) {
  const auto place_of = [&](std::size_t wan, std::size_t size) -> Place {
    const auto index = curve.at(wan, size);
    if (index < 0 || !(results.points[static_cast<std::size_t>(index)].median > 0)) return {};
    const auto setting = std::ranges::find(settings, curve.wans[wan], &WanSummary::id);
    return {&results.points[static_cast<std::size_t>(index)], setting == settings.end() ? unknown_value : setting->rtt};
  };
  const std::size_t last = curve.sizes.size() - 1;
  std::vector<Place> largest;
  for (std::size_t wan = 0; wan < curve.wans.size(); ++wan)
    if (const auto place = place_of(wan, last); place.point) largest.push_back(place);
  for (std::size_t wan = 0; wan < curve.wans.size(); ++wan) {
    const auto here = place_of(wan, last), smallest = place_of(wan, 0);
    if (!here.point || !smallest.point) continue;
    limits.push_back({*here.point, limiter_of(here, smallest, largest, marked)});
  }
}

/// What is usual is what the pair is off by that is off least: of many that cross one bad link most may be long.
std::vector<PairExcess> excesses(const Results& results) {
  struct Visits {
    std::vector<double> absolute, configured;
  };
  std::map<std::pair<std::string, std::string>, Visits> pairs;
  for (const auto& pair : pair_summaries(results)) {
    auto& visits = pairs[{pair.site_a, pair.site_b}];
    visits.absolute.push_back(pair.low - pair.configured);  // a longer way is longer always; a busy machine at times
    visits.configured.push_back(pair.configured);
  }
  std::vector<PairExcess> all;
  for (const auto& [sites, visits] : pairs) {
    double usual = pairs.size() > 1 ? std::numeric_limits<double>::infinity() : 0;
    for (const auto& [other, theirs] : pairs)
      if (other != sites) usual = std::min(usual, median(theirs.absolute));
    const double own = median(visits.absolute);
    const double bound = std::max({least_excess, beyond_others * usual, excess_share * median(visits.configured)});
    all.push_back({sites.first, sites.second, own, own > bound});
  }
  return all;
}

void add_slow_links(const Results& results, std::vector<Outlier>& outliers) {
  const auto pairs = excesses(results);
  std::vector<Outlier> found;
  try {
    const auto text = results.launches.empty() ? std::string() : results.launches.back().topology_text;
    found = slow_links(parse_topology(text, "topology"), pairs);
  } catch (const Error&) {  // imported, or measured without one
    for (const auto& pair : pairs)
      if (pair.is_long) found.push_back(slow_pair(pair));
  }
  outliers.insert(outliers.end(), found.begin(), found.end());
}

struct Member {
  std::string name;
  std::int64_t bytes = 0, packets = 0, drops = 0;
  double drop_share() const {
    const auto all = static_cast<double>(packets + drops);
    return all > 0 ? static_cast<double>(drops) / all : 0;
  }
};

/// Connections that surely crossed from one site to the other: one for each pair of their ranks and each launch, where
/// every pair of ranks exchanged.
double connections(const Results& results, const std::string& from, const std::string& to) {
  const bool all_met = !results.exchanges.empty() || std::ranges::any_of(results.points, [](const PointRow& point) {
    return point.operation == "all_to_all";
  });
  if (!all_met) return 0;
  std::map<std::int32_t, std::pair<double, double>> ranks;
  for (const auto& row : results.ranks) {
    ranks[row.launch].first += row.site == from;
    ranks[row.launch].second += row.site == to;
  }
  double sum = 0;
  for (const auto& [launch, count] : ranks) sum += count.first * count.second;
  return sum;
}

bool empty_by_chance(double connections, std::size_t members) {
  const auto count = static_cast<double>(members);
  return count * std::pow(1 - 1 / count, connections) > chance_of_empty;
}

/// How likely it is that of so many connections, each hashed evenly, some member gets this share or more.
double chance_of_share(double connections, std::size_t members, double share) {
  const auto count = static_cast<double>(members);
  double tail = 0;
  for (double k = std::max(1.0, std::floor(share * connections)); k <= connections; ++k)
    tail += std::exp(std::lgamma(connections + 1) - std::lgamma(k + 1) - std::lgamma(connections - k + 1) -
                     k * std::log(count) + (connections - k) * std::log1p(-1 / count));
  return std::min(1.0, count * tail);
}

bool is_crowded(double share, double connections, std::size_t members) {
  return share * static_cast<double>(members - 1) > crowded * (1 - share) &&
         chance_of_share(connections, members, share) < chance_of_crowded;
}

void add_members(const Results& results, std::vector<Outlier>& outliers) {
  std::map<std::tuple<std::string, std::string, std::string>, std::map<int, Member>> links;
  for (const auto& row : results.links) {
    auto& member = links[{row.link, row.from, row.to}][row.member];
    member.name = fmt::format("{} member {}, {} to {}", row.link, row.member, row.from, row.to);
    member.bytes += row.bytes;
    member.packets += row.packets;
    member.drops += row.drops;
  }
  for (const auto& [link, members] : links) {
    if (members.size() < 2) continue;
    const double crossed = connections(results, std::get<1>(link), std::get<2>(link));
    double bytes = 1;
    for (const auto& [number, member] : members) bytes += static_cast<double>(member.bytes);
    // Where one is dead another has its flows.
    const bool any_empty = std::ranges::any_of(members, [](const auto& each) { return each.second.packets == 0; });
    for (const auto& [number, member] : members) {
      std::vector<double> others;
      for (const auto& [other, theirs] : members)
        if (other != number) others.push_back(theirs.drop_share());
      const double share = member.drop_share();
      if (member.packets == 0 && member.drops > 0)
        outliers.push_back({Outlier::Part::member, member.name, "it carries nothing and drops what comes"});
      else if (member.packets == 0 && !empty_by_chance(crossed, members.size()))
        outliers.push_back({Outlier::Part::member, member.name,
                            fmt::format("it carries nothing, though {:.0f} connections crossed its link", crossed)});
      else if (const double part = static_cast<double>(member.bytes) / bytes;
               is_crowded(part, crossed, members.size()) && !any_empty)
        outliers.push_back({Outlier::Part::member, member.name,
                            fmt::format("it carries {} of its link's bytes, being one of {} members, though {:.0f} "
                                        "connections crossed: they are hashed alike",
                                        format_share({part}), members.size(), crossed)});
      else if (share > least_drops && share > drops_beyond * median(others))
        outliers.push_back(
            {Outlier::Part::member, member.name, fmt::format("it drops {} of its packets", format_share({share}))});
    }
  }
}

}  // namespace

std::string name_of(Limiter limiter) {
  switch (limiter) {
    case Limiter::latency: return "distance";
    case Limiter::link: return "the link's rate";
    case Limiter::loss: return "queue or loss";
    case Limiter::member: return "a member of the link, of which a flow has one";
    case Limiter::window: return "a window over the RTT";
    case Limiter::host: return "the hosts";
    case Limiter::unknown: return "not known";
  }
  return {};
}

std::vector<Limit> limits(const Results& results) {
  const auto settings = wan_settings(results);
  const Marked marked{lossy_points(results), points_with_busy_member(results)};
  std::vector<Limit> all;
  for (const auto& curve : curves_of(results.points)) add_limits(curve, results, settings, marked, all);
  return all;
}

std::vector<Outlier> outliers(const Results& results) {
  std::vector<Outlier> all;
  add_slow_links(results, all);
  add_members(results, all);
  for (const auto& found : {pair_outliers(results), late_hosts(results)})
    all.insert(all.end(), found.begin(), found.end());
  return all;
}

}  // namespace longhaul
