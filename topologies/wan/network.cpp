#include "topologies/wan/network.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "topologies/wan/random.hpp"

namespace longhaul::wan {
namespace {

bool same_links(const std::vector<Hop>& one, const std::vector<Hop>& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](const Hop& a, const Hop& b) { return a.link == b.link; });
}

/// Switches with one seed look at the same bits of a flow's hash, those with seeds of their own at others: then flows
/// that share a member of one link spread over the members of the next.
std::size_t member_of(std::uint64_t flow, std::size_t bits, std::size_t members) {
  constexpr int kStep = 11;
  return std::rotl(flow, static_cast<int>(bits) * kStep) % members;
}

/// A seed of its own for each pair of sites, and for each use.
std::uint64_t seed_of(std::uint64_t seed, std::size_t place, std::uint64_t use) {
  return mixed(mixed(seed) ^ (2 * place + use));
}
constexpr std::uint64_t kForLoss = 0, kForJitter = 1;

}  // namespace

Network::Network(std::size_t sites, const std::vector<DirectedLink>& links, std::uint64_t seed)
    : sites_(sites), seed_(seed) {
  for (const auto& link : links)
    links_.push_back(
        {std::vector<Member>(link.members, Member{{link.member_rate, link.queue_limit}, {}}), link.own_hash, false, 0});
  for (std::size_t place = 0; place < sites * sites; ++place)
    routes_.push_back({kNoWay, Loss(0, seed_of(seed, place, kForLoss))});
}

void Network::reseed(std::uint64_t seed) {
  seed_ = seed;
  for (std::size_t place = 0; place < routes_.size(); ++place)
    routes_[place].loss = Loss(routes_[place].loss.share(), seed_of(seed, place, kForLoss));
  for (auto& way : ways_) way.jitter = Jitter(way.jitter.most(), seed_of(seed, way.from * sites_ + way.to, kForJitter));
}

std::size_t Network::way_over(std::size_t from, std::size_t to, const std::vector<Hop>& hops) {
  for (std::size_t way = 0; way < ways_.size(); ++way)
    if (ways_[way].from == from && ways_[way].to == to && same_links(ways_[way].hops, hops)) return way;
  Way way{from, to, hops, {}, Jitter(Duration::zero(), seed_of(seed_, from * sites_ + to, kForJitter))};
  for (std::size_t hop = 0; hop < hops.size(); ++hop) {
    way.first_line.push_back(lines_.size());
    for (int member = 0; member < members(hops[hop].link); ++member) lines_.push_back({ways_.size(), hop, member, {}});
  }
  ways_.push_back(std::move(way));
  return ways_.size() - 1;
}

void Network::set_route(std::size_t from, std::size_t to, std::vector<Hop> hops, const Weather& weather) {
  auto& changed = route(from, to);
  changed.way = kNoWay;
  if (hops.empty()) return;
  changed.way = way_over(from, to, hops);
  if (changed.loss.share() != weather.loss) changed.loss.set(weather.loss);
  auto& way = ways_[changed.way];
  way.jitter.set(weather.jitter);
  way.hops = std::move(hops);
}

void Network::set_link(std::size_t link, Rate member_rate, std::uint64_t queue_limit) {
  const Rate before = this->member_rate(link);
  for (auto& member : links_[link].members) member.port.set(now_, member_rate, queue_limit);
  if (before.bytes_per_second != member_rate.bytes_per_second) requeue(link, before, member_rate);
}

/// What has not left the link's ports yet arrives as much earlier or later as it leaves.
void Network::requeue(std::size_t link, Rate old_rate, Rate new_rate) {
  wakeups_ = {};
  for (std::size_t index = 0; index < lines_.size(); ++index) {
    auto& line = lines_[index];
    if (ways_[line.way].hops[line.hop].link == link)
      line.passengers.reschedule([&](Time due, Passenger& passenger) {
        const Time before = passenger.finish;
        passenger.finish = at_new_rate(before, now_, old_rate, new_rate);
        return due + (passenger.finish - before);
      });
    if (!line.passengers.empty()) wakeups_.push({line.passengers.next_due(), next_age_++, index});
  }
}

void Network::set_down(std::size_t link, bool down) {
  if (down) ++links_[link].cuts;
  links_[link].down = down;
}

void Network::kill_member(std::size_t link, int member) {
  links_[link].members[static_cast<std::size_t>(member)].dead = true;
}

std::size_t Network::living_member(std::size_t link, std::uint64_t flow) const {
  const auto& members = links_[link].members;
  auto chosen = member_of(flow, links_[link].own_hash ? link : 0, members.size());
  while (members[chosen].dead) chosen = (chosen + 1) % members.size();
  return chosen;
}

Network::Member& Network::first_member(const Way& way, std::uint64_t flow) {
  const auto link = way.hops.front().link;
  return links_[link].members[living_member(link, flow)];
}

std::uint64_t Network::lost_before(std::size_t from, std::size_t to, std::uint64_t flow, std::uint64_t packets) {
  auto& taken = route(from, to);
  const auto through = taken.loss.lost_before(packets);
  if (through < packets && taken.way != kNoWay) ++first_member(ways_[taken.way], flow).counters.drops;
  return through;
}

bool Network::enter(Time now, std::size_t index_of_way, std::size_t hop, const Parcel& parcel) {
  auto& way = ways_[index_of_way];
  auto& link = links_[way.hops[hop].link];
  const std::size_t chosen = living_member(way.hops[hop].link, parcel.flow);
  auto& [port, counters, dead] = link.members[chosen];
  const auto finish = link.down ? std::nullopt : port.send(now, parcel.wire.bytes);
  if (!finish) {
    counters.drops += parcel.wire.packets;
    return false;
  }
  counters.queue_max = std::max(counters.queue_max, port.backlog(now));
  const auto index = way.first_line[hop] + chosen;
  auto& line = lines_[index].passengers;
  const bool was_empty = line.empty();
  const auto extra = hop == 0 ? way.jitter.next() : Duration::zero();
  const auto due = line.push(*finish + way.hops[hop].delay + extra, {parcel, link.cuts, *finish});
  if (was_empty) wakeups_.push({due, next_age_++, index});
  return true;
}

bool Network::send(Time now, std::size_t from, std::size_t to, const Parcel& parcel) {
  now_ = std::max(now_, now);
  const auto way = route(from, to).way;
  if (way == kNoWay || !enter(now, way, 0, parcel)) return false;
  ++in_flight_;
  return true;
}

void Network::lose(std::size_t from, std::size_t to, const Parcel& parcel) {
  const auto way = route(from, to).way;
  if (way != kNoWay) first_member(ways_[way], parcel.flow).counters.drops += parcel.wire.packets;
}

std::optional<Arrival> Network::next(Time now) {
  now_ = std::max(now_, now);
  while (!wakeups_.empty() && wakeups_.top().due <= now) {
    const auto [due, age, index] = wakeups_.top();
    wakeups_.pop();
    auto& line = lines_[index];
    const auto [parcel, cuts, finish] = line.passengers.pop();
    if (!line.passengers.empty()) wakeups_.push({line.passengers.next_due(), next_age_++, index});
    const auto& way = ways_[line.way];
    auto& link = links_[way.hops[line.hop].link];
    auto& counters = link.members[line.member].counters;
    const bool cut = cuts != link.cuts;
    if (cut) {
      counters.drops += parcel.wire.packets;
    } else {
      counters.bytes += parcel.wire.bytes;
      counters.packets += parcel.wire.packets;
    }
    const bool last = line.hop + 1 == way.hops.size();
    if (!cut && !last && enter(due, line.way, line.hop + 1, parcel)) continue;
    --in_flight_;
    return Arrival{parcel, way.to, due, cut || !last};
  }
  return std::nullopt;
}

std::optional<Time> Network::next_due() const {
  if (wakeups_.empty()) return std::nullopt;
  return wakeups_.top().due;
}

void Network::reset_counters() {
  for (auto& link : links_)
    for (auto& member : link.members) member.counters = {};
}

}  // namespace longhaul::wan
