#pragma once
#include <array>
#include <cstdint>

#include "topologies/lab/fd.hpp"
#include "topologies/lab/gateway.hpp"

namespace longhaul {

/// Packets stay in the kernel, in netfilter queues of the network namespace that all sites are routed through; only
/// their headers are read, and the kernel is told when each may go on. Nothing is copied.
class QueueGateway : public Gateway {
 public:
  /// @param queues  from open_packet_queues(sites²): queue a · sites + b has what goes from site a to site b
  QueueGateway(Fd queues, std::size_t sites);

  void watch(std::vector<pollfd>& polled) const override;
  std::size_t ports() const override { return 1; }
  std::optional<Departure> receive(std::size_t port) override;
  std::optional<wan::Parcel> cut(const wan::Parcel&, wan::SegmentRun) override { return std::nullopt; }
  void deliver(std::uint64_t handle, std::size_t to) override;
  void drop(std::uint64_t handle) override;
  std::size_t bytes_held() const override { return held_; }
  void expect_loss(bool expected) override;

 private:
  void judge(std::uint64_t handle, std::uint32_t verdict);

  Fd queues_;
  std::size_t sites_;
  std::vector<std::uint32_t> last_ids_;  ///< of each queue
  std::size_t held_ = 0;
  wan::Time last_arrival_{};
  alignas(8) std::array<std::byte, 4096> message_{};
};

}  // namespace longhaul
