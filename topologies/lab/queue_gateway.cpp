#include "topologies/lab/queue_gateway.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <ctime>

#include "topologies/lab/addresses.hpp"
#include "topologies/lab/now.hpp"
#include "topologies/lab/packet_queue.hpp"

namespace longhaul {
namespace {

/// Of all devices between the sites.
constexpr std::size_t kMtu = 1500;
/// A packet that claims to have waited longer was stamped by a clock that has been set meanwhile.
constexpr wan::Duration kLongestWait = std::chrono::milliseconds(50);
constexpr unsigned kIdBits = 32;

/// A handle holds the kernel's id and the size.
std::uint64_t handle_of(const QueuedPacket& packet) {
  return static_cast<std::uint64_t>(packet.size) << kIdBits | packet.id;
}

/// Kernel memory that a packet takes, at least: its own, and what is known of it.
std::size_t held_by(std::uint64_t handle) { return std::max<std::size_t>(handle >> kIdBits, 1024); }

/// How long ago a moment of CLOCK_REALTIME was.
wan::Duration since(std::int64_t nanoseconds) {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec - nanoseconds);
}

}  // namespace

QueueGateway::QueueGateway(Fd queue, std::size_t sites) : queue_(std::move(queue)), sites_(sites) {}

void QueueGateway::watch(std::vector<pollfd>& polled) const { polled.push_back({queue_.get(), POLLIN, 0}); }

std::optional<Departure> QueueGateway::receive(std::size_t) {
  for (;;) {
    const auto got = ::recv(queue_.get(), message_.data(), message_.size(), 0);
    if (got <= 0) return std::nullopt;
    const auto packet = read_queued(std::span(message_).first(static_cast<std::size_t>(got)));
    if (!packet) continue;
    held_ += held_by(handle_of(*packet));
    const auto headers = wan::parse_ipv4(packet->head);
    const auto from = headers ? site_of_address(headers->source, sites_) : std::nullopt;
    const auto to = headers ? site_of_address(headers->destination, sites_) : std::nullopt;
    if (!from || !to) {
      drop(handle_of(*packet));
      continue;
    }
    // When it came, not when this process woke to read of it.
    const auto waited = since(packet->nanoseconds);
    const bool plausible = waited >= wan::Duration::zero() && waited <= kLongestWait;
    last_arrival_ = std::max(last_arrival_, now() - (plausible ? waited : wan::Duration::zero()));
    return Departure{
        last_arrival_, *from, *to, {handle_of(*packet), wire_of(*packet, *headers, kMtu), wan::flow_hash(*headers)}};
  }
}

void QueueGateway::judge(std::uint64_t handle, std::uint32_t verdict) {
  held_ -= held_by(handle);
  const auto message = verdict_on(static_cast<std::uint32_t>(handle), verdict);
  [[maybe_unused]] const auto sent = ::send(queue_.get(), message.data(), message.size(), 0);
}

// The kernel routes it to its site.
void QueueGateway::deliver(std::uint64_t handle, std::size_t) { judge(handle, kVerdictAccept); }

void QueueGateway::drop(std::uint64_t handle) { judge(handle, kVerdictDrop); }

void QueueGateway::expect_loss(bool expected) {
  const auto message = cutting(expected);
  [[maybe_unused]] const auto sent = ::send(queue_.get(), message.data(), message.size(), 0);
}

}  // namespace longhaul
