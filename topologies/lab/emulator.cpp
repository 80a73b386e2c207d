#include "topologies/lab/emulator.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "topologies/lab/now.hpp"
#include "topologies/lab/turns.hpp"

namespace longhaul {
namespace {

using std::chrono::microseconds;

constexpr wan::Duration kLongestMargin = microseconds(300);
constexpr wan::Duration kShortestMargin = microseconds(60);
/// After a release, an answer that comes at once is to be stamped when it comes, not when a sleeping process wakes.
constexpr wan::Duration kWatchful = microseconds(200);
/// What the estimate of a delivery's time is bounded by; longer ones are the machine's stalls.
constexpr wan::Duration kLongestDelivery = microseconds(60);
/// After so long a pause nothing that was written before is still on its way through the kernel.
constexpr wan::Duration kQuiet = std::chrono::milliseconds(5);
/// Packets taken from one port before the others, and what is due, have their turn.
constexpr int kPacketsATurn = 16;
/// Packets under way beyond this are dropped: a machine that runs out of memory would end the lab.
constexpr std::size_t kMostMemory = std::size_t{2} << 30;

/// Wakes promptly, and is preferred to the ranks where the user may ask for that. A short turn of its own lets it run
/// at once when it wakes.
void become_punctual() {
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  constexpr int kPreferred = -10;
  ::setpriority(PRIO_PROCESS, 0, kPreferred);  // refused without CAP_SYS_NICE
  take_short_turns();
}

}  // namespace

Emulator::Emulator(Roads roads, std::unique_ptr<Gateway> gateway, Fd control_listener)
    : roads_(std::move(roads)),
      gateway_(std::move(gateway)),
      control_(std::move(control_listener)),
      margin_(kLongestMargin) {
  gateway_->expect_loss(roads_.may_lose());
}

void Emulator::run() {
  become_punctual();
  for (;;) {
    release_due();
    wait();
  }
}

void Emulator::release_due() {
  while (const auto arrival = roads_.next(now() + delivery_time_)) {
    if (arrival->lost)
      gateway_->drop(arrival->parcel.handle);
    else
      deliver(*arrival);
  }
}

void Emulator::deliver(const wan::Arrival& arrival) {
  core_.stay();
  const auto start = now();
  gateway_->deliver(arrival.parcel.handle, arrival.to);
  const auto end = now();
  lateness_.add(end - arrival.due);
  delivery_time_ = std::min((delivery_time_ * 15 + (end - start)) / 16, kLongestDelivery);
  watchful_until_ = end + kWatchful;
}

void Emulator::receive(std::size_t port) {
  for (int packets = 0; packets < kPacketsATurn; ++packets) {
    const auto packet = gateway_->receive(port);
    if (!packet) return;
    depart(*packet);
  }
}

void Emulator::depart(const Departure& packet) {
  if (packet.missed > 0) roads_.network().lose(packet.from, packet.to, {0, {packet.missed, 0}, packet.parcel.flow});
  const auto& [handle, wire, flow] = packet.parcel;
  const auto through = roads_.network().lost_before(packet.from, packet.to, flow, wire.packets);
  if (through == wire.packets)
    send(packet, packet.parcel);
  else
    send_survivors(packet, through);
}

void Emulator::send(const Departure& packet, const wan::Parcel& parcel) {
  auto& network = roads_.network();
  const bool room = gateway_->bytes_held() <= kMostMemory;
  if (!room) network.lose(packet.from, packet.to, parcel);
  if (!room || !network.send(packet.arrived, packet.from, packet.to, parcel)) gateway_->drop(parcel.handle);
}

void Emulator::send_survivors(const Departure& packet, std::uint64_t through) {
  auto& network = roads_.network();
  const auto& whole = packet.parcel;
  for (std::uint64_t first = 0; first < whole.wire.packets;) {
    if (through > 0) {
      if (const auto part = gateway_->cut(whole, {first, through}))
        send(packet, *part);
      else
        network.lose(packet.from, packet.to, {whole.handle, {static_cast<std::uint32_t>(through), 0}, whole.flow});
    }
    first += through + 1;
    if (first >= whole.wire.packets) break;
    through = network.lost_before(packet.from, packet.to, whole.flow, whole.wire.packets - first);
  }
  gateway_->drop(whole.handle);
}

void Emulator::wait() {
  polled_.clear();
  gateway_->watch(polled_);
  control_.watch(polled_);
  sleep_or_spin();
  for (std::size_t port = 0; port < gateway_->ports(); ++port)
    if (polled_[port].revents != 0) receive(port);
  control_.serve(&polled_[gateway_->ports()], [this](const std::string& request) { return answer(*this, request); });
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

void Emulator::apply(const WanSetting& setting) {
  roads_.apply(setting);
  gateway_->expect_loss(roads_.may_lose());
}

void Emulator::schedule(std::vector<wan::Event> events) {
  const auto start = now();
  for (auto& event : events) event.at += start;
  roads_.schedule(events);
  gateway_->expect_loss(roads_.may_lose());
}

WanReport Emulator::report() const {
  return {{lateness_.count(), lateness_.quantile(0.5), lateness_.quantile(0.99), lateness_.max()},
          {},
          roads_.counters(),
          roads_.setting(),
          roads_.to_come()};
}

}  // namespace longhaul
