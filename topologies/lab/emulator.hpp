#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "topologies/lab/control_protocol.hpp"
#include "topologies/lab/control_server.hpp"
#include "topologies/lab/core.hpp"
#include "topologies/lab/fd.hpp"
#include "topologies/lab/lab_packet.hpp"
#include "topologies/lab/packet_pool.hpp"
#include "topologies/lab/roads.hpp"
#include "topologies/wan/lateness.hpp"

namespace longhaul {

/// The WAN of a lab: one thread that takes packets from every site's TUN device, holds each as long as its road says,
/// and writes it to the device of the site it goes to, so that the write has ended when the packet is due.
///
/// It sleeps until shortly before a packet is due, then watches the clock: a sleep ends 50 to 200 µs late, a watched
/// clock is read every microsecond. How shortly follows from how late its sleeps have lately ended.
class Emulator : public WanEngine {
 public:
  /// @param tuns  of each site, in order; none where a site has no links
  Emulator(Roads roads, std::vector<Fd> tuns, Fd control_listener);

  /// Until the process ends.
  [[noreturn]] void run();

  void apply(const WanSetting& setting) override { roads_.apply(setting); }
  void schedule(std::vector<wan::Event> events) override;
  void reset_counters() override;
  WanReport report() const override;

 private:
  void release_due();
  void deliver(const wan::Arrival& arrival);
  void receive(std::size_t site);
  bool receive_one(std::size_t site);
  void send(wan::Time arrived, std::size_t site, std::size_t to, const wan::Parcel& parcel);
  /// A super-packet of which chance took some: sends each run of segments between two that are lost.
  /// @param through  segments before the first that is lost
  void send_survivors(wan::Time arrived, std::size_t site, std::size_t to, const LabPacket& packet,
                      std::uint64_t through);
  void wait();
  void sleep_or_spin();
  /// Waits for packets or requests, for ever when no time is given. @return whether there are any
  bool poll_for(std::optional<wan::Duration> time);

  Roads roads_;
  std::vector<Fd> tuns_;
  ControlServer control_;
  PacketPool pool_;
  std::vector<std::byte> spare_;  ///< for what must be cut
  std::vector<pollfd> polled_;    ///< devices, then control; kept so that the loop allocates nothing
  wan::Lateness lateness_;
  Core core_;
  wan::Duration delivery_time_{};  ///< what writing a packet usually takes: its whole way to the receiver's socket
  wan::Duration margin_;           ///< how long before a release sleep ends
  wan::Time watchful_until_{};     ///< an answer to what was just released is likely before this
};

}  // namespace longhaul
