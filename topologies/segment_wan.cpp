#include "topologies/segment_wan.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>

#include "topologies/edges.hpp"
#include "topologies/error.hpp"
#include "topologies/physics.hpp"
#include "topologies/wan/outages.hpp"
#include "topologies/wan_report.hpp"

namespace longhaul {
namespace {

/// The plugin's clock: the machine's monotonic one.
wan::Time monotonic_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

/// Has the segment say whose it is; refuses another topology's.
wan::MappedSegment named_after(wan::MappedSegment mapped, const Topology& topology) {
  auto& segment = *mapped;
  if (segment.sites != topology.sites.size() ||
      (!segment.topology.get().empty() && segment.topology.get() != topology.name))
    throw UsageError("the plugin's WAN is that of topology '{}' with {} sites, not of '{}' with {}",
                     segment.topology.get(), segment.sites, topology.name, topology.sites.size());
  if (topology.links.size() > wan::kMaxLinks)
    throw UsageError("topology '{}' has {} links; the plugin's WAN holds {}", topology.name, topology.links.size(),
                     wan::kMaxLinks);
  if (!segment.topology.get().empty()) return mapped;
  segment.topology.set(topology.name);
  for (std::size_t site = 0; site < topology.sites.size(); ++site)
    segment.site_names[site].set(topology.sites[site].name);
  return mapped;
}

}  // namespace

std::vector<wan::LinkState> SegmentWan::links_in(const wan::ControlSegment& segment, std::size_t count) {
  std::vector<wan::LinkState> states;
  for (std::size_t link = 0; link < count; ++link) {
    const auto& shared = segment.links[link];
    states.push_back({shared.down, shared.avoided, shared.rate_share, shared.loss});
  }
  return states;
}

SegmentWan::SegmentWan(wan::MappedSegment segment, Topology topology)
    : segment_(named_after(std::move(segment), topology)),
      topology_(std::move(topology)),
      edges_(edges_of(topology_)),
      setting_(resolve_wan(segment_->setting.get().empty() ? "native" : segment_->setting.get(), topology_)),
      timeline_(links_in(*segment_, edges_.size())) {}

void SegmentWan::apply(const WanSetting& setting) {
  const std::lock_guard lock(mutex_);
  setting_ = setting;
  timeline_.clear();
  set_ways(monotonic_now());
}

void SegmentWan::schedule(std::span<const wan::Event> events) {
  {
    const std::lock_guard lock(mutex_);
    const auto begin = monotonic_now();
    for (auto event : events) {
      event.at += begin;
      timeline_.add(event);
    }
    set_ways(begin);
  }
  if (!clockwork_.joinable()) clockwork_ = std::jthread([this](const std::stop_token& stop) { follow(stop); });
  changed_.notify_all();
}

void SegmentWan::reset_counters() {
  for (auto& way : segment_->ways) {
    way.bytes = 0;
    way.messages = 0;
    way.stalls = 0;
  }
  wan::reset(segment_->lateness);
}

WanReport SegmentWan::report() {
  const std::lock_guard lock(mutex_);
  WanReport report;
  report.setting = setting_.id;
  report.to_come = timeline_.to_come();
  const auto& late = segment_->lateness;
  report.late_counts = wan::counts_of(late);
  report.lateness = {wan::count(late), wan::quantile(late, 0.5), wan::quantile(late, 0.99), Duration(late.max.load())};
  report.links = links();
  return report;
}

/// Takes the events' steps as they fall due.
void SegmentWan::follow(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (const auto next = timeline_.next())
      changed_.wait_until(lock, stop, std::chrono::steady_clock::time_point(*next), [] { return false; });
    else
      changed_.wait(lock, stop, [this] { return timeline_.next().has_value(); });
    bool any = false;
    while (timeline_.take(monotonic_now())) any = true;
    if (any) set_ways(monotonic_now());
  }
}

/// What each pair's way is as links just are, and when it will be cut.
void SegmentWan::set_ways(wan::Time now) {
  for (const auto& pair : setting_.pairs) {
    set_way(pair, static_cast<std::uint32_t>(pair.a), static_cast<std::uint32_t>(pair.b), now);
    set_way(pair, static_cast<std::uint32_t>(pair.b), static_cast<std::uint32_t>(pair.a), now);
  }
  segment_->setting.set(setting_.id);
  segment_->seed = setting_.seed;
  for (std::size_t link = 0; link < edges_.size(); ++link) {
    const auto& state = timeline_.state(link);
    auto& shared = segment_->links[link];
    shared.down = state.down;
    shared.avoided = state.avoided;
    shared.rate_share = state.rate_share;
    shared.loss = state.loss;
  }
  segment_->generation.fetch_add(1);
}

void SegmentWan::set_way(const PairWan& pair, std::uint32_t from, std::uint32_t to, wan::Time now) {
  const auto sites = topology_.sites.size();
  const auto usual = wan::shortest_way(sites, edges_, {}, from, to);
  const auto taken = wan::shortest_way(sites, edges_, timeline_.states(), from, to);
  double rate = pair.rate.value > 0 ? pair.rate.value : std::numeric_limits<double>::infinity();
  double through = 1 - pair.loss.value;
  for (const auto link : taken) {
    const auto& state = timeline_.state(link);
    const double own = pair.rate.value > 0 ? pair.rate.value : capacity(topology_.links[link]).value;
    rate = std::min(rate, own * state.rate_share);
    through *= 1 - state.loss;
  }
  auto& way = segment_->way(from, to);
  way.delay = wan::delay_on(pair.rtt / 2, wan::way_delay(edges_, usual), wan::way_delay(edges_, taken)).count();
  way.jitter = pair.jitter.count();
  way.loss = 1 - through;
  way.rate.bytes_per_second = std::isfinite(rate) ? static_cast<std::uint64_t>(rate) : 0;
  const auto cuts = wan::interruptions(timeline_, sites, edges_, from, to, now);
  for (std::size_t i = 0; i < way.outages.size(); ++i) {
    auto& outage = way.outages[i];
    outage.end = 0;  // whoever reads in between sees none
    if (i >= cuts.size()) continue;
    outage.begin = cuts[i].begin.count();
    outage.end = cuts[i].end.count();
  }
}

/// Every pair's bytes on each link of its path.
std::vector<LinkCounters> SegmentWan::links() const {
  auto counters = no_counters(topology_);
  for (std::size_t from = 0; from < topology_.sites.size(); ++from)
    for (std::size_t to = 0; to < topology_.sites.size(); ++to)
      if (from != to) {
        const auto& way = segment_->way(from, to);
        add_on_path(topology_, from, to, {way.bytes, way.messages, way.stalls, 0}, counters);
      }
  return counters;
}

}  // namespace longhaul
