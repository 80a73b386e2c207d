#include "harness/plugin_wan.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "topologies/edges.hpp"
#include "topologies/error.hpp"
#include "topologies/physics.hpp"
#include "topologies/wan/control_segment.hpp"
#include "topologies/wan/outages.hpp"

namespace longhaul {
namespace {

class PluginWan : public WanControl {
 public:
  PluginWan(wan::MappedSegment segment, Topology topology, bool only_host)
      : segment_(std::move(segment)),
        topology_(std::move(topology)),
        edges_(edges_of(topology_)),
        only_host_(only_host),
        timeline_(edges_.size()) {
    apply(resolve_wan("native", topology_));
  }

  std::string engine() const override { return "plugin"; }
  int scale() const override { return 1; }
  WanAbility ability() const override {
    return {.rtt = true, .rate = true, .jitter = true, .loss = true, .events = true};
  }

  void apply(const WanSetting& setting) override {
    const std::lock_guard lock(mutex_);
    setting_ = setting;
    timeline_.clear();
    set_ways(now());
  }

  void schedule(std::span<const wan::Event> events) override {
    {
      const std::lock_guard lock(mutex_);
      const auto begin = now();
      for (auto event : events) {
        event.at += begin;
        timeline_.add(event);
      }
      set_ways(begin);
    }
    if (!clockwork_.joinable()) clockwork_ = std::jthread([this](const std::stop_token& stop) { follow(stop); });
    changed_.notify_all();
  }

  void reset_counters() override {
    for (auto& way : segment_->ways) {
      way.bytes = 0;
      way.messages = 0;
      way.stalls = 0;
    }
    wan::reset(segment_->lateness);
  }

  WanReport report() override {
    const std::lock_guard lock(mutex_);
    WanReport report;
    report.setting = setting_.id;
    report.to_come = timeline_.to_come();
    const auto& late = segment_->lateness;
    report.lateness = {wan::count(late), wan::quantile(late, 0.5), wan::quantile(late, 0.99),
                       Duration(late.max.load())};
    if (only_host_) report.links = links();  // another host's bytes are counted there
    return report;
  }

 private:
  /// The plugin's clock: the machine's monotonic one.
  static wan::Time now() { return std::chrono::steady_clock::now().time_since_epoch(); }

  /// Takes the events' steps as they fall due.
  void follow(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      if (const auto next = timeline_.next())
        changed_.wait_until(lock, stop, std::chrono::steady_clock::time_point(*next), [] { return false; });
      else
        changed_.wait(lock, stop, [this] { return timeline_.next().has_value(); });
      bool any = false;
      while (timeline_.take(now())) any = true;
      if (any) set_ways(now());
    }
  }

  /// What each pair's way is as links just are, and when it will be cut.
  void set_ways(wan::Time now) {
    for (const auto& pair : setting_.pairs) {
      set_way(pair, static_cast<std::uint32_t>(pair.a), static_cast<std::uint32_t>(pair.b), now);
      set_way(pair, static_cast<std::uint32_t>(pair.b), static_cast<std::uint32_t>(pair.a), now);
    }
    segment_->generation.fetch_add(1);
  }

  void set_way(const PairWan& pair, std::uint32_t from, std::uint32_t to, wan::Time now) {
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
    way.rate.bytes_per_second = static_cast<std::uint64_t>(rate);
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
  std::vector<LinkCounters> links() const {
    std::vector<LinkCounters> counters;
    for (const auto& link : topology_.links)
      for (const bool forth : {true, false}) {
        LinkCounters counter;
        counter.link = link.name;
        counter.from = forth ? link.a : link.b;
        counter.to = forth ? link.b : link.a;
        counter.rate = capacity(link);
        counters.push_back(counter);
      }
    for (std::size_t from = 0; from < topology_.sites.size(); ++from)
      for (std::size_t to = 0; to < topology_.sites.size(); ++to)
        if (from != to) count(from, to, counters);
    return counters;
  }

  void count(std::size_t from, std::size_t to, std::vector<LinkCounters>& counters) const {
    const auto& way = segment_->way(from, to);
    auto at = from;
    for (const auto link : shortest_path(topology_, from, to).links) {
      const bool forth = topology_.links[link].a == at;
      auto& counter = counters[2 * link + (forth ? 0 : 1)];
      counter.bytes += way.bytes;
      counter.packets += way.messages;
      counter.drops += way.stalls;
      at = counter.to;
    }
  }

  wan::MappedSegment segment_;
  Topology topology_;
  std::vector<wan::Edge> edges_;
  bool only_host_;
  std::mutex mutex_;  ///< of what follows
  WanSetting setting_;
  wan::Timeline timeline_;
  std::condition_variable_any changed_;
  std::jthread clockwork_;  ///< last, so that it ends first
};

wan::MappedSegment make_segment(const Topology& topology, const NetShape& shape, int own_site) {
  wan::remove_unused_segments();
  auto segment = wan::MappedSegment::create("run-" + std::to_string(::getpid()), topology.sites.size(), false);
  segment->own_site = own_site;
  segment->completion =
      static_cast<std::uint32_t>(shape.completion == "rdma" ? wan::Completion::rdma : wan::Completion::socket);
  segment->sockets = static_cast<std::uint32_t>(shape.sockets);
  return segment;
}

/// The path that this host's first rank has; empty where it failed.
std::string path_of_host(World& world, const std::string& mine) {
  const auto paths = world.gather(mine);
  std::string found;
  for (int rank = 0; rank < world.size(); ++rank) {
    const auto path = world.broadcast(paths.empty() ? std::string{} : paths[static_cast<std::size_t>(rank)]);
    if (found.empty() && world.host(rank) == world.host(world.rank())) found = path;
  }
  return found;
}

}  // namespace

std::vector<int> sites_in_blocks(int ranks, std::size_t sites) {
  std::vector<int> site_of_rank;
  const auto count = static_cast<std::size_t>(ranks);
  for (std::size_t rank = 0; rank < count; ++rank)
    site_of_rank.push_back(static_cast<int>(rank * std::min(sites, count) / count));
  return site_of_rank;
}

std::unique_ptr<WanControl> make_plugin_wan(World& world, const Topology& topology,
                                            const std::vector<int>& site_of_rank, const NetShape& shape) {
  const int own_site = site_of_rank[static_cast<std::size_t>(world.rank())];
  std::optional<wan::MappedSegment> segment;
  std::string why;
  if (world.local().rank == 0) try {
      segment = make_segment(topology, shape, own_site);
    } catch (const wan::MappedSegment::Failure& failure) {
      why = failure.text;
    }
  const auto path = path_of_host(world, segment ? segment->path() : "");
  if (world.any(path.empty()))
    throw EnvironmentError("no control segment for the plugin's WAN{}{}", why.empty() ? " on some host" : ": ", why);
  ::setenv("LONGHAUL_NET_CONTROL", path.c_str(), 1);
  ::setenv("LONGHAUL_NET_SITE", std::to_string(own_site).c_str(), 1);
  if (!segment) return nullptr;
  const bool only_host = std::ranges::all_of(world.hosts(), [&](const auto& host) { return host == world.host(0); });
  return std::make_unique<PluginWan>(std::move(*segment), topology, only_host);
}

}  // namespace longhaul
