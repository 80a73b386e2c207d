#include "topologies/lab/emulator.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <optional>

#include "topologies/lab/addresses.hpp"
#include "topologies/lab/turns.hpp"

namespace longhaul {
namespace {

using std::chrono::microseconds;
using wan::Time;

constexpr wan::Duration kLongestMargin = microseconds(300);
constexpr wan::Duration kShortestMargin = microseconds(60);
/// After a release, an answer that comes at once is to be stamped when it comes, not when a sleeping process wakes.
constexpr wan::Duration kWatchful = microseconds(200);
/// What the estimate of a delivery's time is bounded by; longer ones are the machine's stalls.
constexpr wan::Duration kLongestDelivery = microseconds(60);
/// After so long a pause nothing that was written before is still on its way through the kernel.
constexpr wan::Duration kQuiet = std::chrono::milliseconds(5);
/// Packets taken from one device before the others, and what is due, have their turn.
constexpr int kPacketsATurn = 16;
/// Packets under way beyond this are dropped: a machine that runs out of memory would end the lab.
constexpr std::size_t kMostMemory = std::size_t{2} << 30;

Time now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// Wakes promptly, and is preferred to the ranks where the user may ask for that. A short turn of its own lets it run
/// at once when it wakes.
void become_punctual() {
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  constexpr int kPreferred = -10;
  ::setpriority(PRIO_PROCESS, 0, kPreferred);  // refused without CAP_SYS_NICE
  take_short_turns();
}

}  // namespace

Emulator::Emulator(Roads roads, std::vector<Fd> tuns, Fd control_listener)
    : roads_(std::move(roads)),
      tuns_(std::move(tuns)),
      control_(std::move(control_listener)),
      pool_(kLargestTunRead),
      margin_(kLongestMargin) {}

void Emulator::run() {
  become_punctual();
  for (;;) {
    release_due();
    wait();
  }
}

void Emulator::release_due() {
  while (auto arrival = roads_.next(now() + delivery_time_)) {
    if (!arrival->lost) deliver(*arrival);
    pool_.release(arrival->parcel.handle);
  }
}

void Emulator::deliver(const wan::Arrival& arrival) {
  core_.stay();
  const auto bytes = pool_.at(arrival.parcel.handle);
  const auto start = now();
  // A device that refuses a packet (interface down while the lab ends) loses it, as a real port would.
  [[maybe_unused]] const auto written = ::write(tuns_[arrival.to].get(), bytes.data(), bytes.size());
  const auto end = now();
  lateness_.add(end - arrival.due);
  delivery_time_ = std::min((delivery_time_ * 15 + (end - start)) / 16, kLongestDelivery);
  watchful_until_ = end + kWatchful;
}

void Emulator::receive(std::size_t site) {
  for (int packets = 0; packets < kPacketsATurn && receive_one(site); ++packets) {
  }
}

bool Emulator::receive_one(std::size_t site) {
  const auto scratch = pool_.scratch();
  const auto got = ::read(tuns_[site].get(), scratch.data(), scratch.size());
  if (got <= static_cast<ssize_t>(sizeof(OffloadHeader))) return false;
  const auto arrived = now();
  const auto size = static_cast<std::size_t>(got);
  const auto packet = read_packet(scratch.first(size));
  if (!packet) return true;
  const auto to = site_of_address(packet->headers.destination, tuns_.size());
  if (!to) return true;
  auto& network = roads_.network();
  const auto flow = wan::flow_hash(packet->headers);
  const auto packets = packet->wire.packets;
  const auto through = network.lost_before(site, *to, flow, packets);
  if (through == packets)
    send(arrived, site, *to, {pool_.keep(size), packet->wire, flow});
  else
    send_survivors(arrived, site, *to, *packet, through);
  return true;
}

void Emulator::send(Time arrived, std::size_t site, std::size_t to, const wan::Parcel& parcel) {
  auto& network = roads_.network();
  const bool room = pool_.bytes_in_use() <= kMostMemory;
  if (!room) network.lose(site, to, parcel);
  if (!room || !network.send(arrived, site, to, parcel)) pool_.release(parcel.handle);
}

void Emulator::send_survivors(Time arrived, std::size_t site, std::size_t to, const LabPacket& packet,
                              std::uint64_t through) {
  const auto flow = wan::flow_hash(packet.headers);
  // Cut from a copy: keeping a run takes the scratch buffer.
  spare_.assign(packet.whole.begin(), packet.whole.end());
  const LabPacket copy{spare_, packet.offload, packet.headers, packet.wire};
  for (std::uint64_t first = 0; first < copy.wire.packets;) {
    if (through > 0) {
      const auto size = write_run(copy, {first, through}, pool_.scratch());
      const auto run = read_packet(pool_.scratch().first(size));
      if (run) send(arrived, site, to, {pool_.keep(size), run->wire, flow});
    }
    first += through + 1;
    if (first >= copy.wire.packets) break;
    through = roads_.network().lost_before(site, to, flow, copy.wire.packets - first);
  }
}

void Emulator::wait() {
  polled_.clear();
  for (const auto& tun : tuns_) polled_.push_back({tun.get(), POLLIN, 0});  // poll skips descriptors below 0
  control_.watch(polled_);
  sleep_or_spin();
  for (std::size_t site = 0; site < tuns_.size(); ++site)
    if (polled_[site].revents != 0) receive(site);
  control_.serve(&polled_[tuns_.size()], [this](const std::string& request) { return answer(*this, request); });
}

void Emulator::sleep_or_spin() {
  const auto due = roads_.next_due();
  const auto start = now();
  const bool watchful = start < watchful_until_;
  const auto lead = margin_ + delivery_time_;
  const bool close = due && *due - start <= lead;
  if (watchful || close) {
    core_.stay();
    // Whoever was woken by a release may have to run on this very core first.
    if (watchful && !close) ::sched_yield();
    poll_for(wan::Duration::zero());
    return;
  }
  if (!due) {
    core_.leave();
    poll_for(std::nullopt);
    return;
  }
  const auto nap = *due - start - lead;
  if (nap > kQuiet) core_.leave();
  if (poll_for(nap)) return;
  // Twice the usual oversleep, forgotten slowly, so that one stall of the machine does not make us spin for long.
  const auto overslept = now() - start - nap;
  margin_ = std::clamp((margin_ * 15 + 2 * overslept) / 16, kShortestMargin, kLongestMargin);
}

bool Emulator::poll_for(std::optional<wan::Duration> time) {
  timespec timeout{};
  if (time) {
    timeout.tv_sec = static_cast<time_t>(time->count() / 1'000'000'000);
    timeout.tv_nsec = static_cast<long>(time->count() % 1'000'000'000);
  }
  return ::ppoll(polled_.data(), polled_.size(), time ? &timeout : nullptr, nullptr) != 0;
}

void Emulator::reset_counters() {
  lateness_.reset();
  roads_.network().reset_counters();
}

void Emulator::schedule(std::vector<wan::Event> events) {
  const auto start = now();
  for (auto& event : events) event.at += start;
  roads_.schedule(events);
}

WanReport Emulator::report() const {
  return {{lateness_.count(), lateness_.quantile(0.5), lateness_.quantile(0.99), lateness_.max()},
          {},
          roads_.counters(),
          roads_.setting(),
          roads_.to_come()};
}

}  // namespace longhaul
