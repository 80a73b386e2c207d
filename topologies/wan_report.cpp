#include "topologies/wan_report.hpp"

#include <algorithm>
#include <limits>
#include <sstream>
#include <tuple>

#include "topologies/physics.hpp"
#include "topologies/wan/control_segment.hpp"

namespace longhaul {
namespace {

bool same_place(const LinkCounters& one, const LinkCounters& other) {
  return std::tie(one.link, one.from, one.to, one.member) == std::tie(other.link, other.from, other.to, other.member);
}

void add(const LinkCounters& more, std::vector<LinkCounters>& all) {
  const auto there = std::ranges::find_if(all, [&](const LinkCounters& each) { return same_place(each, more); });
  if (there == all.end()) {
    all.push_back(more);
    return;
  }
  there->bytes += more.bytes;
  there->packets += more.packets;
  there->drops += more.drops;
  there->queue_max = std::max(there->queue_max, more.queue_max);
}

}  // namespace

std::vector<LinkCounters> no_counters(const Topology& topology) {
  std::vector<LinkCounters> counters;
  for (const auto& link : topology.links)
    for (const bool forth : {true, false}) {
      LinkCounters counter;
      counter.link = link.name;
      counter.from = forth ? link.a : link.b;
      counter.to = forth ? link.b : link.a;
      counter.rate = capacity(link);
      counters.push_back(counter);
    }
  return counters;
}

void add_on_path(const Topology& topology, std::size_t from, std::size_t to, const Carried& carried,
                 std::vector<LinkCounters>& counters) {
  auto at = from;
  for (const auto link : shortest_path(topology, from, to).links) {
    const bool forth = topology.links[link].a == at;
    auto& counter = counters[2 * link + (forth ? 0 : 1)];
    counter.bytes += carried.bytes;
    counter.packets += carried.packets;
    if (at == from) {
      counter.drops += carried.drops;
      counter.queue_max += carried.waiting;
    }
    at = counter.to;
  }
}

WanReport joined(const std::vector<WanReport>& reports) {
  WanReport all;
  wan::SharedLateness late;
  for (const auto& report : reports) {
    if (all.setting.empty()) all.setting = report.setting;
    all.to_come = std::max(all.to_come, report.to_come);
    for (const auto& link : report.links) add(link, all.links);
    if (report.late_counts.empty() && report.lateness.packets > 0) all.lateness = report.lateness;
    wan::add(late, report.late_counts, report.lateness.max);
  }
  if (wan::count(late) == 0) return all;
  all.late_counts = wan::counts_of(late);
  all.lateness = {wan::count(late), wan::quantile(late, 0.5), wan::quantile(late, 0.99), Duration(late.max.load())};
  return all;
}

// Words between spaces; names of links and settings hold none. Empty texts are written as "-".
std::string text_of(const WanReport& report) {
  std::ostringstream text;
  text.precision(std::numeric_limits<double>::max_digits10);
  const auto& late = report.lateness;
  text << (report.setting.empty() ? "-" : report.setting) << ' ' << report.to_come << ' ' << late.packets << ' '
       << late.p50.count() << ' ' << late.p99.count() << ' ' << late.max.count() << ' ' << report.late_counts.size();
  for (const auto count : report.late_counts) text << ' ' << count;
  for (const auto& link : report.links)
    text << ' ' << link.link << ' ' << link.from << ' ' << link.to << ' ' << link.member << ' ' << link.bytes << ' '
         << link.packets << ' ' << link.drops << ' ' << link.queue_max << ' ' << link.rate.value << ' ' << link.down
         << ' ' << link.avoided;
  return text.str();
}

WanReport parse_report(const std::string& text) {
  std::istringstream words(text);
  WanReport report;
  Duration::rep p50 = 0, p99 = 0, max = 0;
  std::size_t buckets = 0;
  words >> report.setting >> report.to_come >> report.lateness.packets >> p50 >> p99 >> max >> buckets;
  if (report.setting == "-") report.setting.clear();
  report.lateness.p50 = Duration(p50);
  report.lateness.p99 = Duration(p99);
  report.lateness.max = Duration(max);
  report.late_counts.resize(words ? buckets : 0);
  for (auto& count : report.late_counts) words >> count;
  for (LinkCounters link; words >> link.link >> link.from >> link.to >> link.member >> link.bytes >> link.packets >>
                          link.drops >> link.queue_max >> link.rate.value >> link.down >> link.avoided;)
    report.links.push_back(link);
  return report;
}

}  // namespace longhaul
