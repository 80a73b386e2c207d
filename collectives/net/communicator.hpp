#pragma once
#include <memory>
#include <string>
#include <vector>

#include "collectives/communicator.hpp"
#include "collectives/layout.hpp"
#include "collectives/net/settings.hpp"
#include "collectives/net/wiring.hpp"
#include "topologies/units.hpp"

namespace longhaul {

struct NetRequest {
  int rank = 0;
  Layout layout;
  NetSettings settings;
  Duration deadline{};     ///< of every wait
  net::Exchange exchange;  ///< between all ranks, beside the network that is measured
};

/// Ring collectives on host memory over any NCCL network plugin, with NCCL's mechanics: channels, 8 slots a connection,
/// BUFFSIZE, its chunks in its order. So a plugin is measured, and its data verified, without a GPU.
///
/// flat: one ring over all ranks, cut into channels; all_to_all and send_recv go from peer to peer. hierarchical:
/// all_reduce as reduce_scatter within the site, all_reduce over one rank of each site, all_gather within; all_gather
/// as blocks straight to one rank of each other site, then all_gather within.
///
/// Collective to make. Whatever waits has a deadline: HangError; a peer that is lost is an EnvironmentError.
class NetCommunicator : public Communicator {
 public:
  explicit NetCommunicator(const NetRequest& request);
  ~NetCommunicator() override;
  NetCommunicator(const NetCommunicator&) = delete;
  NetCommunicator& operator=(const NetCommunicator&) = delete;

  int rank() const override;
  int size() const override;
  std::string backend() const override;
  /// "plugin TCP (Longhaul, v11), 1 channel × 4 MiB, ring 0-1-2-3"
  std::string library() const override;
  void begin(const Call& call, const std::string& settings) override;
  void run(const Call& call) override;
  void send(int peer, const void* data, std::size_t bytes) override;
  void receive(int peer, void* data, std::size_t bytes) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace longhaul
