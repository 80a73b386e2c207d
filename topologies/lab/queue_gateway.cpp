#include "topologies/lab/queue_gateway.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "topologies/lab/now.hpp"
#include "topologies/lab/packet_queue.hpp"

namespace longhaul {
namespace {

/// Of all devices between the sites.
constexpr std::size_t kMtu = 1500;
/// A packet that claims to have waited longer was stamped by a clock that has been set meanwhile.
constexpr wan::Duration kLongestWait = std::chrono::milliseconds(5);

/// A handle holds the queue, the size and the kernel's id.
constexpr unsigned kIdBits = 32, kSizeBits = 17;
constexpr std::uint64_t kLargest = (std::uint64_t{1} << kSizeBits) - 1;

std::uint64_t handle_of(const QueuedPacket& packet) {
  return static_cast<std::uint64_t>(packet.queue) << (kIdBits + kSizeBits) |
         std::min<std::uint64_t>(packet.size, kLargest) << kIdBits | packet.id;
}

/// Kernel memory that a packet takes, at least: its own, and what is known of it.
std::size_t held_by(std::uint64_t handle) { return std::max<std::size_t>(handle >> kIdBits & kLargest, 1024); }

/// How long ago a moment of CLOCK_REALTIME was.
wan::Duration since(std::int64_t nanoseconds) {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec - nanoseconds);
}

}  // namespace

QueueGateway::QueueGateway(Fd queues, std::size_t sites)
    : queues_(std::move(queues)), sites_(sites), last_ids_(sites * sites) {}

void QueueGateway::watch(std::vector<pollfd>& polled) const { polled.push_back({queues_.get(), POLLIN, 0}); }

std::optional<Departure> QueueGateway::receive(std::size_t) {
  for (;;) {
    const auto got = ::recv(queues_.get(), message_.data(), message_.size(), 0);
    if (got <= 0) return std::nullopt;
    const auto packet = read_queued(std::span(message_).first(static_cast<std::size_t>(got)));
    if (!packet || packet->queue >= last_ids_.size()) continue;
    const auto handle = handle_of(*packet);
    held_ += held_by(handle);
    const auto missed = packet->id - std::exchange(last_ids_[packet->queue], packet->id) - 1;
    const auto headers = wan::parse_ipv4(packet->head);
    if (!headers) {
      drop(handle);
      continue;
    }
    // When it came, not when this process woke to read of it.
    const auto waited = since(packet->nanoseconds);
    const bool plausible = waited >= wan::Duration::zero() && waited <= kLongestWait;
    last_arrival_ = std::max(last_arrival_, now() - (plausible ? waited : wan::Duration::zero()));
    return Departure{last_arrival_,
                     packet->queue / sites_,
                     packet->queue % sites_,
                     {handle, wire_of(*packet, *headers, kMtu), wan::flow_hash(*headers)},
                     missed};
  }
}

void QueueGateway::judge(std::uint64_t handle, std::uint32_t verdict) {
  held_ -= held_by(handle);
  const auto message = verdict_on(static_cast<std::uint16_t>(handle >> (kIdBits + kSizeBits)),
                                  static_cast<std::uint32_t>(handle), verdict);
  [[maybe_unused]] const auto sent = ::send(queues_.get(), message.data(), message.size(), 0);
}

// The kernel routes it to its site.
void QueueGateway::deliver(std::uint64_t handle, std::size_t) { judge(handle, kVerdictAccept); }

void QueueGateway::drop(std::uint64_t handle) { judge(handle, kVerdictDrop); }

void QueueGateway::expect_loss(bool expected) {
  for (std::size_t queue = 0; queue < last_ids_.size(); ++queue) {
    const auto message = cutting(static_cast<std::uint16_t>(queue), expected);
    [[maybe_unused]] const auto sent = ::send(queues_.get(), message.data(), message.size(), 0);
  }
}

}  // namespace longhaul
