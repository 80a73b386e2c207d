#pragma once
#include "topologies/lab/fd.hpp"
#include "topologies/lab/gateway.hpp"
#include "topologies/lab/packet_pool.hpp"

namespace longhaul {

/// Packets are read from and written to a TUN device of each site: copied twice, on every kernel.
class TunGateway : public Gateway {
 public:
  /// @param tuns  of each site, in order; none where a site has no links
  explicit TunGateway(std::vector<Fd> tuns);

  void watch(std::vector<pollfd>& polled) const override;
  std::size_t ports() const override { return tuns_.size(); }
  std::optional<Departure> receive(std::size_t port) override;
  std::optional<wan::Parcel> cut(const wan::Parcel& whole, wan::SegmentRun run) override;
  void deliver(std::uint64_t handle, std::size_t to) override;
  void drop(std::uint64_t handle) override { pool_.release(handle); }
  std::size_t bytes_held() const override { return pool_.bytes_in_use(); }
  void expect_loss(bool) override {}

 private:
  std::vector<Fd> tuns_;
  PacketPool pool_;
};

}  // namespace longhaul
