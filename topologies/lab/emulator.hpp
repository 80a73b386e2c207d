#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "topologies/lab/control_protocol.hpp"
#include "topologies/lab/control_server.hpp"
#include "topologies/lab/core.hpp"
#include "topologies/lab/fd.hpp"
#include "topologies/lab/gateway.hpp"
#include "topologies/lab/roads.hpp"
#include "topologies/wan/lateness.hpp"

namespace longhaul {

/// The WAN of a lab: one thread that has packets from every site held by a gateway as long as their road says, and
/// delivers each to the site it goes to, so that the delivery has ended when the packet is due.
///
/// It sleeps until shortly before a packet is due, then watches the clock: a sleep ends 50 to 200 µs late, a watched
/// clock is read every microsecond. How shortly follows from how late its sleeps have lately ended.
class Emulator : public WanEngine {
 public:
  Emulator(Roads roads, std::unique_ptr<Gateway> gateway, Fd control_listener);

  /// Until the process ends.
  [[noreturn]] void run();

  void apply(const WanSetting& setting) override;
  void schedule(std::vector<wan::Event> events) override;
  void reset_counters() override;
  WanReport report() const override;

 private:
  void release_due();
  void deliver(const wan::Arrival& arrival);
  void receive(std::size_t port);
  void depart(const Departure& packet);
  void send(const Departure& packet, const wan::Parcel& parcel);
  /// A super-packet of which chance took some: sends each run of segments between two that are lost.
  /// @param through  segments before the first that is lost
  void send_survivors(const Departure& packet, std::uint64_t through);
  void wait();
  void sleep_or_spin();
  /// Waits for packets or requests, for ever when no time is given. @return whether there are any
  bool poll_for(std::optional<wan::Duration> time);

  Roads roads_;
  std::unique_ptr<Gateway> gateway_;
  ControlServer control_;
  std::vector<pollfd> polled_;  ///< the gateway's ports, then control; kept so that the loop allocates nothing
  wan::Lateness lateness_;
  Core core_;
  wan::Duration delivery_time_{};  ///< what delivering a packet usually takes: its whole way to the receiver's socket
  wan::Duration margin_;           ///< how long before a release sleep ends
  wan::Time watchful_until_{};     ///< an answer to what was just released is likely before this
};

}  // namespace longhaul
