#include "topologies/lab/roads.hpp"

#include <algorithm>
#include <stdexcept>

#include "topologies/edges.hpp"
#include "topologies/physics.hpp"

namespace longhaul {
namespace {

constexpr double kQueueSeconds = 0.050;
constexpr Bytes kLeastQueue{1U << 20};

std::vector<wan::DirectedLink> directed_links(const Topology& topology, const Scale& scale) {
  std::vector<wan::DirectedLink> links;
  for (const auto& link : topology.links)
    links.insert(
        links.end(), 2,
        {link.members.count, {scaled(link.members.rate, scale).value}, 0, link.hash == MemberHash::independent});
  return links;
}

/// The directed links of a way, walked from a site.
std::vector<std::size_t> directed(std::span<const wan::Edge> edges, std::span<const std::uint32_t> way,
                                  std::uint32_t at) {
  std::vector<std::size_t> links;
  for (const auto link : way) {
    const bool forward = edges[link].a == at;
    links.push_back(2 * link + (forward ? 0 : 1));
    at = forward ? edges[link].b : edges[link].a;
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

Bytes queue_limit(BytesPerSecond member_rate, Duration longest_rtt, const WanQueue& asked) {
  if (member_rate.value <= 0) return {0};
  if (asked.bytes.count > 0) return asked.bytes;
  const double time =
      asked.time > Duration::zero() ? seconds(asked.time) : std::max(2 * seconds(longest_rtt), kQueueSeconds);
  const Bytes wanted{static_cast<std::uint64_t>(member_rate.value * time)};
  return asked.time > Duration::zero() ? std::max(Bytes{1}, wanted) : std::max(kLeastQueue, wanted);
}

Roads::Roads(const Topology& topology, const Scale& scale, const LabFaults& faults)
    : topology_(topology),
      scale_(scale),
      edges_(edges_of(topology)),
      network_(topology.sites.size(), directed_links(topology, scale)),
      timeline_(topology.links.size()),
      extra_(network_.links()) {
  plant(faults);
  apply(resolve_wan("native", topology));
}

void Roads::apply(const WanSetting& setting) {
  std::vector<Way> ways;
  const auto sites = static_cast<std::uint32_t>(topology_.sites.size());
  for (const auto& pair : setting.pairs) {
    if (pair.a >= pair.b || pair.b >= sites)
      throw std::invalid_argument("a WAN setting names a pair of sites that is not there");
    const auto a = static_cast<std::uint32_t>(pair.a), b = static_cast<std::uint32_t>(pair.b);
    // An odd nanosecond goes to the way back, so that both together are the round trip asked for.
    ways.push_back(
        {a, b, wan::shortest_way(sites, edges_, {}, a, b), pair.rtt / 2, pair.jitter, pair.loss.value, pair.rate});
    ways.push_back({b, a, wan::shortest_way(sites, edges_, {}, b, a), pair.rtt - pair.rtt / 2, pair.jitter,
                    pair.loss.value, pair.rate});
  }
  for (auto& way : ways) {
    const auto same = [&](const Way& other) { return other.from == way.from && other.to == way.to; };
    const auto old = std::ranges::find_if(ways_, same);
    if (old == ways_.end())
      ways_.push_back(std::move(way));
    else
      *old = std::move(way);
  }
  queue_ = setting.queue;
  setting_ = setting.id;
  may_lose_ = std::ranges::any_of(setting.pairs, [](const auto& pair) { return pair.loss.value > 0; });
  timeline_.clear();
  for (std::size_t link = 0; link < network_.links(); ++link) network_.set_down(link, false);
  network_.reseed(setting.seed);
  set_routes();
  set_links();
}

void Roads::schedule(std::span<const wan::Event> events) {
  for (const auto& event : events) {
    if (event.link >= topology_.links.size()) throw std::invalid_argument("an event names a link that is not there");
    if (event.rate_share != 1 && member_rate(event.link).value <= 0)
      throw std::invalid_argument("link '" + topology_.links[event.link].name +
                                  "' has no rate to be reduced in an uncapped lab; set one with --scale, or with "
                                  ":rate=RATE in the WAN setting");
  }
  timeline_.add(events);
  may_lose_ |= std::ranges::any_of(events, [](const wan::Event& event) { return event.loss > 0; });
}

std::optional<wan::Arrival> Roads::next(wan::Time now) {
  for (;;) {
    const auto event = timeline_.next();
    if (auto arrival = network_.next(event ? std::min(now, *event) : now)) return arrival;
    const auto step = timeline_.take(now);
    if (!step) return std::nullopt;
    for (const std::size_t way : {0, 1}) {
      const auto link = std::size_t{2} * step->link + way;
      if (step->kind == wan::Step::Kind::cut) network_.set_down(link, true);
      if (step->kind == wan::Step::Kind::restore) network_.set_down(link, false);
    }
    set_routes();
    set_links();
  }
}

std::optional<wan::Time> Roads::next_due() const {
  const auto due = network_.next_due(), event = timeline_.next();
  return due && event ? std::min(*due, *event) : due ? due : event;
}

std::vector<std::uint32_t> Roads::way_taken(const Way& way) const {
  return wan::shortest_way(topology_.sites.size(), edges_, timeline_.states(), way.from, way.to);
}

void Roads::set_routes() {
  for (const auto& way : ways_) {
    const auto taken = way_taken(way);
    std::vector<Duration> native;
    double through = 1 - way.loss;
    for (const auto link : taken) {
      native.push_back(edges_[link].one_way);
      through *= 1 - timeline_.state(link).loss;
    }
    const auto one_way = wan::delay_on(way.one_way, wan::way_delay(edges_, way.usual), wan::way_delay(edges_, taken));
    const auto delays = split_delay(one_way, native);
    const auto links = directed(edges_, taken, way.from);
    std::vector<wan::Hop> hops;
    for (std::size_t hop = 0; hop < links.size(); ++hop) hops.push_back({links[hop], delays[hop] + extra_[links[hop]]});
    network_.set_route(way.from, way.to, std::move(hops), {way.jitter, 1 - through});
  }
}

BytesPerSecond Roads::member_rate(std::size_t link) const {
  BytesPerSecond asked;
  for (const auto& way : ways_)
    if (std::ranges::find(way.usual, link) != way.usual.end()) asked = std::max(asked, way.rate);
  const auto& members = topology_.links[link].members;
  // A rate that a setting asks for holds in an uncapped lab too, as it is.
  if (asked.value > 0) return {asked.value / members.count / (scale_.uncapped ? 1 : scale_.divisor)};
  return scaled(members.rate, scale_);
}

void Roads::set_links() {
  std::vector<Duration> longest(topology_.links.size());
  for (const auto& way : ways_)
    for (const auto link : way_taken(way)) longest[link] = std::max(longest[link], 2 * way.one_way);
  for (std::size_t link = 0; link < topology_.links.size(); ++link) {
    const BytesPerSecond rate{member_rate(link).value * timeline_.state(link).rate_share};
    const auto limit = queue_limit(rate, longest[link], queue_).count;
    for (const std::size_t way : {0, 1}) network_.set_link(2 * link + way, {rate.value}, limit);
  }
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

std::vector<LinkCounters> Roads::counters() const {
  std::vector<LinkCounters> all;
  for (std::size_t directed = 0; directed < network_.links(); ++directed) {
    const auto& link = topology_.links[directed / 2];
    const bool forward = directed % 2 == 0;
    for (int member = 0; member < network_.members(directed); ++member) {
      const auto& counted = network_.counters(directed, member);
      all.push_back({link.name, forward ? link.a : link.b, forward ? link.b : link.a, member, counted.bytes,
                     counted.packets, counted.drops, counted.queue_max,
                     BytesPerSecond{network_.member_rate(directed).bytes_per_second},
                     timeline_.state(directed / 2).down, timeline_.state(directed / 2).avoided});
    }
  }
  return all;
}

}  // namespace longhaul
