#include "topologies/lab/tun_gateway.hpp"

#include <unistd.h>

#include "topologies/lab/addresses.hpp"
#include "topologies/lab/lab_packet.hpp"
#include "topologies/lab/now.hpp"
#include "topologies/lab/tun.hpp"

namespace longhaul {

TunGateway::TunGateway(std::vector<Fd> tuns) : tuns_(std::move(tuns)), pool_(kLargestTunRead) {}

void TunGateway::watch(std::vector<pollfd>& polled) const {
  for (const auto& tun : tuns_) polled.push_back({tun.get(), POLLIN, 0});  // poll skips descriptors below 0
}

std::optional<Departure> TunGateway::receive(std::size_t port) {
  for (;;) {
    const auto scratch = pool_.scratch();
    const auto got = ::read(tuns_[port].get(), scratch.data(), scratch.size());
    if (got <= static_cast<ssize_t>(sizeof(OffloadHeader))) return std::nullopt;
    const auto arrived = now();
    const auto size = static_cast<std::size_t>(got);
    const auto packet = read_packet(scratch.first(size));
    if (!packet) continue;
    const auto to = site_of_address(packet->headers.destination, tuns_.size());
    if (!to) continue;
    const auto wire = packet->wire;
    const auto flow = wan::flow_hash(packet->headers);
    return Departure{arrived, port, *to, {pool_.keep(size), wire, flow}};
  }
}

std::optional<wan::Parcel> TunGateway::cut(const wan::Parcel& whole, wan::SegmentRun run) {
  const auto packet = read_packet(pool_.at(whole.handle));
  if (!packet) return std::nullopt;
  const auto size = write_run(*packet, run, pool_.scratch());
  const auto part = read_packet(pool_.scratch().first(size));
  if (!part) return std::nullopt;
  const auto wire = part->wire;
  return wan::Parcel{pool_.keep(size), wire, whole.flow};
}

void TunGateway::deliver(std::uint64_t handle, std::size_t to) {
  const auto bytes = pool_.at(handle);
  // A device that refuses a packet (interface down while the lab ends) loses it, as a real port would.
  [[maybe_unused]] const auto written = ::write(tuns_[to].get(), bytes.data(), bytes.size());
  pool_.release(handle);
}

}  // namespace longhaul
