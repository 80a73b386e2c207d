#include "results/late_hosts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "results/statistics.hpp"
#include "topologies/units.hpp"

namespace longhaul {
namespace {

constexpr std::size_t least_visits = 8;
constexpr double most_visits = 0.8;
constexpr double least_lag = 0.2;  ///< of the visit's median

struct Moments {
  std::vector<double> entries, finishes;  ///< of a host's ranks, s
};
using Hosts = std::map<std::string, Moments>;

/// Who was last in one visit, by how much, and how much of it is entry.
struct Lag {
  std::string host;
  double finish = 0, entry = 0;
};

/// Nobody where the last two hosts are close.
Lag lag_of(const Hosts& hosts, double visit_median) {
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [host, moments] : hosts) order.emplace_back(median(moments.finishes), host);
  if (order.size() < 3) return {};
  std::ranges::sort(order);
  const auto& [last, host] = order.back();
  const double lag = last - order[order.size() - 2].first;
  if (!(lag > least_lag * visit_median)) return {};
  std::vector<double> others;
  for (const auto& [other, moments] : hosts)
    if (other != host) others.push_back(median(moments.entries));
  return {host, lag, median(hosts.at(host).entries) - median(others)};
}

std::map<std::int32_t, Hosts> visits_of(const Results& results) {
  static const std::set<std::string> symmetric{"all_reduce", "all_gather", "reduce_scatter", "all_to_all"};
  std::map<std::pair<std::int32_t, std::int32_t>, std::string> host_of;
  for (const auto& row : results.ranks) host_of[{row.launch, row.rank}] = row.host;
  std::map<std::int32_t, Hosts> visits;
  for (const auto& row : results.rank_summary) {
    const auto& visit = results.visits[static_cast<std::size_t>(row.visit)];
    const auto& point = results.points[static_cast<std::size_t>(visit.point)];
    const auto host = host_of.find({visit.launch, row.rank});
    if (host == host_of.end() || point.mode != "latency" || !symmetric.contains(point.operation)) continue;
    if (!(row.finish_median > 0) || !(row.entry_median >= 0)) continue;
    auto& moments = visits[row.visit][host->second];
    moments.entries.push_back(row.entry_median);
    moments.finishes.push_back(row.finish_median);
  }
  return visits;
}

}  // namespace

std::vector<Outlier> late_hosts(const Results& results) {
  const auto visits = visits_of(results);
  std::map<std::string, std::vector<Lag>> lags;
  for (const auto& [visit, hosts] : visits) {
    const auto lag = lag_of(hosts, results.visits[static_cast<std::size_t>(visit)].median);
    if (!lag.host.empty()) lags[lag.host].push_back(lag);
  }
  std::vector<Outlier> late;
  for (const auto& [host, own] : lags) {
    if (visits.size() < least_visits ||
        static_cast<double>(own.size()) < most_visits * static_cast<double>(visits.size()))
      continue;
    std::vector<double> finish, entry;
    for (const auto& lag : own) {
      finish.push_back(lag.finish);
      entry.push_back(lag.entry);
    }
    const bool enters = median(entry) > median(finish) / 2;
    late.push_back(
        {Outlier::Part::host, host,
         fmt::format("it {} {} after the others, in {} of {} visits{}", enters ? "enters" : "finishes",
                     format_duration(from_seconds(enters ? median(entry) : median(finish))), own.size(), visits.size(),
                     enters ? ": its process or its clock is late, not its network" : ", though it enters with them")});
  }
  return late;
}

}  // namespace longhaul
