#include "topologies/lab/roads.hpp"

#include <algorithm>
#include <stdexcept>

#include "topologies/physics.hpp"

namespace longhaul {
namespace {

constexpr double kQueueSeconds = 0.050;
constexpr Bytes kLeastQueue{1024 * 1024};

std::vector<wan::DirectedLink> directed_links(const Topology& topology, const Scale& scale) {
  std::vector<wan::DirectedLink> links;
  for (const auto& link : topology.links)
    links.insert(links.end(), 2, {link.members.count, {scaled(link.members.rate, scale).value}, 0});
  return links;
}

/// The directed links of a path, walked from path.from.
std::vector<std::size_t> directed(const Topology& topology, const Path& path) {
  std::vector<std::size_t> links;
  std::size_t at = path.from;
  for (const auto link : path.links) {
    const bool forward = topology.links[link].a == at;
    links.push_back(2 * link + (forward ? 0 : 1));
    at = forward ? topology.links[link].b : topology.links[link].a;
  }
  return links;
}

}  // namespace

std::vector<Duration> split_delay(Duration one_way, const std::vector<Duration>& native) {
  double total = 0;
  for (const auto delay : native) total += seconds(delay);
  std::vector<Duration> parts;
  Duration left = one_way;
  for (const auto delay : native) {
    const double share = total > 0 ? seconds(delay) / total : 0;
    parts.push_back(std::min(left, Duration(static_cast<Duration::rep>(static_cast<double>(one_way.count()) * share))));
    left -= parts.back();
  }
  if (!parts.empty()) parts.back() += left;
  return parts;
}

Bytes queue_limit(BytesPerSecond member_rate, Duration longest_rtt) {
  if (member_rate.value <= 0) return {0};
  const double wanted = member_rate.value * std::max(2 * seconds(longest_rtt), kQueueSeconds);
  return std::max(kLeastQueue, Bytes{static_cast<std::uint64_t>(wanted)});
}

Roads::Roads(const Topology& topology, const Scale& scale, const LabFaults& faults)
    : topology_(topology), scale_(scale), network_(topology.sites.size(), directed_links(topology, scale)) {
  for (const auto& there : all_paths(topology)) {
    std::vector<Duration> native;
    for (const auto link : there.links) native.push_back(one_way_delay(topology.links[link]));
    auto back = there;
    std::swap(back.from, back.to);
    std::reverse(back.links.begin(), back.links.end());
    ways_.push_back({there.from, there.to, directed(topology, there), native});
    ways_.push_back({back.from, back.to, directed(topology, back), {native.rbegin(), native.rend()}});
  }
  one_way_.resize(ways_.size());
  extra_.resize(network_.links());
  plant(faults);
  apply(resolve_wan("native", topology));
}

void Roads::apply(const WanSetting& setting) {
  for (const auto& pair : setting.pairs) {
    const auto way = std::find_if(ways_.begin(), ways_.end(),
                                  [&](const Way& each) { return each.from == pair.a && each.to == pair.b; });
    if (way == ways_.end()) throw std::invalid_argument("a WAN setting names a pair of sites that is not there");
    const auto there = static_cast<std::size_t>(way - ways_.begin());
    // An odd nanosecond goes to the way back, so that both together are the round trip asked for.
    one_way_[there] = pair.rtt / 2;
    one_way_[there + 1] = pair.rtt - pair.rtt / 2;
  }
  for (std::size_t way = 0; way < ways_.size(); ++way) {
    const auto delays = split_delay(one_way_[way], ways_[way].native);
    std::vector<wan::Hop> hops;
    for (std::size_t hop = 0; hop < delays.size(); ++hop) {
      const auto link = ways_[way].links[hop];
      hops.push_back({link, delays[hop] + extra_[link]});
    }
    network_.set_route(ways_[way].from, ways_[way].to, std::move(hops));
  }
  set_queues();
}

void Roads::plant(const LabFaults& faults) {
  for (std::size_t directed = 0; directed < network_.links(); ++directed) {
    const auto& name = topology_.links[directed / 2].name;
    if (const auto delay = faults.link_delay.find(name); delay != faults.link_delay.end())
      extra_[directed] = delay->second / 2;
    for (const auto& [link, member] : faults.dead_members)
      if (link == name) network_.kill_member(directed, member);
  }
}

void Roads::set_queues() {
  std::vector<Duration> longest(network_.links());
  for (std::size_t way = 0; way < ways_.size(); ++way)
    for (const auto link : ways_[way].links) longest[link] = std::max(longest[link], 2 * one_way_[way]);
  for (std::size_t link = 0; link < network_.links(); ++link) {
    const auto rate = network_.member_rate(link);
    network_.set_link(link, rate, queue_limit({rate.bytes_per_second}, longest[link]).count);
  }
}

std::vector<LinkCounters> Roads::counters() const {
  std::vector<LinkCounters> all;
  for (std::size_t directed = 0; directed < network_.links(); ++directed) {
    const auto& link = topology_.links[directed / 2];
    const bool forward = directed % 2 == 0;
    for (int member = 0; member < network_.members(directed); ++member) {
      const auto& counted = network_.counters(directed, member);
      all.push_back({link.name, forward ? link.a : link.b, forward ? link.b : link.a, member, counted.bytes,
                     counted.packets, counted.drops, counted.queue_max,
                     BytesPerSecond{network_.member_rate(directed).bytes_per_second}});
    }
  }
  return all;
}

}  // namespace longhaul
