#include "topologies/wan/network.hpp"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

namespace longhaul::wan {
namespace {

bool same_links(const std::vector<Hop>& one, const std::vector<Hop>& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](const Hop& a, const Hop& b) { return a.link == b.link; });
}

/// Each link looks at other bits of the flow's hash, as switches with seeds of their own do: flows that share a member
/// of one link spread over the members of the next.
std::size_t member_of(std::uint64_t flow, std::size_t link, std::size_t members) {
  constexpr int kStep = 11;
  return std::rotl(flow, static_cast<int>(link) * kStep) % members;
}

}  // namespace

Network::Network(std::size_t sites, const std::vector<DirectedLink>& links) : sites_(sites), routes_(sites * sites) {
  for (const auto& link : links)
    links_.push_back({std::vector<Member>(link.members, Member{{link.member_rate, link.queue_limit}, {}})});
}

void Network::set_route(std::size_t from, std::size_t to, std::vector<Hop> hops) {
  auto& changed = route(from, to);
  if (!changed.first_line.empty() && same_links(changed.hops, hops)) {
    changed.hops = std::move(hops);
    return;
  }
  changed.first_line.clear();
  for (std::size_t hop = 0; hop < hops.size(); ++hop) {
    changed.first_line.push_back(lines_.size());
    for (int member = 0; member < members(hops[hop].link); ++member) lines_.push_back({from, to, hop, member, {}});
  }
  changed.hops = std::move(hops);
}

void Network::set_link(std::size_t link, Rate member_rate, std::uint64_t queue_limit) {
  for (auto& member : links_[link].members) member.port.set(member_rate, queue_limit);
}

void Network::kill_member(std::size_t link, int member) {
  links_[link].members[static_cast<std::size_t>(member)].dead = true;
}

std::size_t Network::living_member(std::size_t link, std::uint64_t flow) const {
  const auto& members = links_[link].members;
  auto chosen = member_of(flow, link, members.size());
  while (members[chosen].dead) chosen = (chosen + 1) % members.size();
  return chosen;
}

bool Network::enter(Time now, std::size_t from, std::size_t to, std::size_t hop, const Parcel& parcel) {
  const auto& way = route(from, to);
  auto& link = links_[way.hops[hop].link];
  const std::size_t chosen = living_member(way.hops[hop].link, parcel.flow);
  auto& [port, counters, dead] = link.members[chosen];
  const auto finish = port.send(now, parcel.wire.bytes);
  if (!finish) {
    counters.drops += parcel.wire.packets;
    return false;
  }
  counters.queue_max = std::max(counters.queue_max, port.backlog(now));
  const auto index = way.first_line[hop] + chosen;
  auto& line = lines_[index].parcels;
  const bool was_empty = line.empty();
  const auto due = line.push(*finish + way.hops[hop].delay, parcel);
  if (was_empty) wakeups_.push({due, next_age_++, index});
  return true;
}

bool Network::send(Time now, std::size_t from, std::size_t to, const Parcel& parcel) {
  if (route(from, to).hops.empty() || !enter(now, from, to, 0, parcel)) return false;
  ++in_flight_;
  return true;
}

void Network::lose(std::size_t from, std::size_t to, const Parcel& parcel) {
  const auto& hops = route(from, to).hops;
  if (hops.empty()) return;
  auto& members = links_[hops.front().link].members;
  members[living_member(hops.front().link, parcel.flow)].counters.drops += parcel.wire.packets;
}

std::optional<Arrival> Network::next(Time now) {
  while (!wakeups_.empty() && wakeups_.top().due <= now) {
    const auto [due, age, index] = wakeups_.top();
    wakeups_.pop();
    auto& line = lines_[index];
    const auto [from, to, hop, member] = std::tuple(line.from, line.to, line.hop, line.member);
    const auto parcel = line.parcels.pop();
    if (!line.parcels.empty()) wakeups_.push({line.parcels.next_due(), next_age_++, index});
    const auto& hops = route(from, to).hops;
    auto& counters = links_[hops[hop].link].members[member].counters;
    counters.bytes += parcel.wire.bytes;
    counters.packets += parcel.wire.packets;
    const bool last = hop + 1 == hops.size();
    if (!last && enter(due, from, to, hop + 1, parcel)) continue;
    --in_flight_;
    return Arrival{parcel, to, due, !last};
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
