#include "collectives/net_plugin/emulation.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>

#include "collectives/net_plugin/failure.hpp"

namespace longhaul::net {
namespace {

constexpr std::uint64_t kHeaderBytes = 52, kPayload = 1448;
/// TCP's least time before it sends again what nobody acknowledged (Linux: TCP_RTO_MIN).
constexpr Time kLeastTimeout = std::chrono::milliseconds(200);
/// Packets that have to follow a lost one for its loss to be seen without a timeout.
constexpr std::uint64_t kFollowers = 3;

/// A turn of a shared rate: what it carries in 10 ms, so that a process that has to wait for a core keeps the link
/// busy.
std::uint64_t turn_of(std::uint64_t bytes_per_second) {
  return std::clamp(bytes_per_second / 100, std::uint64_t{64} << 10, std::uint64_t{16} << 20);
}

/// The outage that a message would meet that leaves now and arrives after `delay`.
const wan::Outage* outage_of(const wan::SharedWay& way, Time from, Time until) {
  for (const auto& outage : way.outages)
    if (outage.begin.load() < outage.end.load() && outage.begin.load() <= until.count() &&
        outage.end.load() > from.count())
      return &outage;
  return nullptr;
}

std::uint32_t number_in(const char* variable, std::string_view text) {
  std::uint32_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, number);
  if (fault != std::errc{} || rest != end)
    throw Failure{invalid_usage,
                  std::string(variable) + " is '" + std::string(text) + "'; expected a number from 0 up"};
  return number;
}

/// Where this process is. Without knowing, nothing could be delayed, and nobody would notice.
int site_of(const wan::ControlSegment& segment) {
  const char* const text = std::getenv("LONGHAUL_NET_SITE");
  std::string sites;
  for (std::size_t i = 0; i < segment.sites; ++i)
    sites += (i > 0 ? ", " : "") + std::to_string(i) + " " + segment.site_names[i].get();
  if (text == nullptr || *text == '\0') {
    if (segment.own_site >= 0) return segment.own_site;
    throw Failure{invalid_usage,
                  "LONGHAUL_NET_CONTROL is set and LONGHAUL_NET_SITE is not, and the topology does not know this host; "
                  "expected the number of this process's site: " +
                      sites};
  }
  const auto site = number_in("LONGHAUL_NET_SITE", text);
  if (site >= segment.sites)
    throw Failure{invalid_usage, "LONGHAUL_NET_SITE is " + std::to_string(site) + ", but LONGHAUL_NET_CONTROL has " +
                                     std::to_string(segment.sites) + " sites, numbered from 0: " + sites};
  return static_cast<int>(site);
}

}  // namespace

std::uint64_t packets_of(std::uint64_t size) { return std::max<std::uint64_t>(1, (size + kPayload - 1) / kPayload); }
std::uint64_t wire_bytes_of(std::uint64_t size) { return size + packets_of(size) * kHeaderBytes; }

Emulation::Uplink::Uplink(wan::SharedWay& shared, std::uint64_t chance)
    : way(shared),
      rate(shared.rate, turn_of(0)),
      jitter(Time::zero(), wan::mixed(chance)),
      loss(0, wan::mixed(~chance)),
      seed(chance) {}

Emulation::Emulation(wan::MappedSegment segment, int site, std::uint64_t place)
    : segment_(std::move(segment)), site_(site), place_(place) {}

std::unique_ptr<Emulation> Emulation::from_environment() {
  const char* const path = std::getenv("LONGHAUL_NET_CONTROL");
  if (path == nullptr || *path == '\0') return std::make_unique<Emulation>();
  try {
    auto segment = wan::MappedSegment::open(path);
    const int site = site_of(*segment);
    const char* const rank = std::getenv("LONGHAUL_NET_RANK");
    const auto place = rank == nullptr ? static_cast<std::uint64_t>(::getpid()) : number_in("LONGHAUL_NET_RANK", rank);
    return std::make_unique<Emulation>(std::move(segment), site, place);
  } catch (const wan::MappedSegment::Failure& failure) {
    throw Failure{system_error, "LONGHAUL_NET_CONTROL: " + failure.text};
  }
}

bool Emulation::reaches(int site) const {
  return segment_ && site >= 0 && site_ >= 0 && site != site_ && site < static_cast<int>((*segment_)->sites);
}
bool Emulation::acknowledges() const {
  return segment_ && (*segment_)->completion.load() == static_cast<std::uint32_t>(wan::Completion::rdma);
}
std::uint32_t Emulation::sockets() const { return segment_ ? (*segment_)->sockets.load() : 1; }

std::uint64_t Emulation::seed_of(std::uint64_t use) const {
  const auto place = place_ * wan::kMaxSites + static_cast<std::uint64_t>(site_);
  return wan::mixed(wan::mixed((*segment_)->seed.load()) ^ (place * (wan::kMaxSites + 1) + use));
}

Emulation::Uplink& Emulation::uplink(int to) {
  auto& found = uplinks_[static_cast<std::size_t>(to)];
  const auto seed = seed_of(static_cast<std::uint64_t>(to));
  if (!found) {
    auto& way = (*segment_)->way(static_cast<std::size_t>(site_), static_cast<std::size_t>(to));
    found = std::make_unique<Uplink>(way, seed);
  }
  if (seed != found->seed) {
    found->seed = seed;
    found->jitter = wan::Jitter(Time::zero(), wan::mixed(seed));
    found->loss = wan::Loss(0, wan::mixed(~seed));
  }
  const auto rate = found->way.rate.bytes_per_second.load();
  if (rate != found->bytes_per_second) {
    found->bytes_per_second = rate;
    found->rate = wan::RateUser(found->way.rate, turn_of(rate));
  }
  return *found;
}

Time Emulation::stall_of(Uplink& uplink, std::uint64_t packets) const {
  uplink.loss.set(uplink.way.loss.load());
  if (uplink.loss.share() <= 0) return Time::zero();
  const auto through = uplink.loss.lost_before(packets);
  if (through >= packets) return Time::zero();
  const Time round_trip(2 * uplink.way.delay.load());
  uplink.way.stalls.fetch_add(1, std::memory_order_relaxed);
  return packets - through > kFollowers ? round_trip : std::max(round_trip, kLeastTimeout);
}

std::optional<Emulation::Leave> Emulation::leave(int to, std::uint64_t size, const void* sender) {
  const std::lock_guard lock(mutex_);
  auto& link = uplink(to);
  if (link.asking != nullptr && link.asking != sender) return std::nullopt;
  const Time begin = now(), delay(link.way.delay.load());
  Time outage_left{};
  if (const auto* outage = outage_of(link.way, begin, begin + delay)) {
    const Time end(outage->end.load());
    if (end == Time::max()) return std::nullopt;  // nobody knows yet
    // What an outage swallowed is sent again when it is over, and the sender hears of that a round trip later.
    outage_left = end - begin + 2 * delay;
  }
  link.asking = sender;
  const auto finish = link.rate.send(begin, wire_bytes_of(size));
  if (!finish) return std::nullopt;
  link.asking = nullptr;
  link.jitter.set(Time(link.way.jitter.load()));
  link.way.bytes.fetch_add(wire_bytes_of(size), std::memory_order_relaxed);
  link.way.messages.fetch_add(1, std::memory_order_relaxed);
  if (outage_left > Time::zero()) link.way.stalls.fetch_add(1, std::memory_order_relaxed);
  return Leave{std::max(*finish - begin, outage_left) + stall_of(link, packets_of(size)), delay + link.jitter.next()};
}

void Emulation::forget(int to, const void* sender) {
  if (!reaches(to)) return;
  const std::lock_guard lock(mutex_);
  auto& link = uplinks_[static_cast<std::size_t>(to)];
  if (!link || link->asking != sender) return;
  link->rate.give_up();
  link->asking = nullptr;
}

Time Emulation::way_back(int to) const {
  if (!reaches(to)) return Time::zero();
  return Time((*segment_)->way(static_cast<std::size_t>(site_), static_cast<std::size_t>(to)).delay.load());
}

Time Emulation::way_here(int from) {
  if (!reaches(from)) return Time::zero();
  const std::lock_guard lock(mutex_);
  const auto& way = (*segment_)->way(static_cast<std::size_t>(from), static_cast<std::size_t>(site_));
  if (const auto seed = seed_of(wan::kMaxSites); seed != arriving_seed_) {
    arriving_seed_ = seed;
    arriving_ = wan::Jitter(Time::zero(), wan::mixed(seed));
  }
  arriving_.set(Time(way.jitter.load()));
  return Time(way.delay.load()) + arriving_.next();
}

void Emulation::released(Time late) {
  if (segment_) wan::add((*segment_)->lateness, late);
}

}  // namespace longhaul::net
