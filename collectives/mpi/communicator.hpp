#pragma once
#include <cstddef>
#include <memory>

#include "collectives/communicator.hpp"
#include "collectives/layout.hpp"
#include "collectives/mpi/world.hpp"

namespace longhaul {

struct MpiOptions {
  /// Most elements one MPI call is given (its counts are int). Longer calls are cut: see docs/collectives.md.
  std::size_t chunk_elements = std::size_t{1} << 30;
  /// Hierarchical all_reduce of at least this many bytes splits them over the rails between sites; smaller ones go
  /// through one leader a site.
  std::size_t rail_bytes = std::size_t{64} << 10;
  /// With three sites and more, up to this many bytes are sent whole to every other site (one WAN crossing); more is
  /// split over the sites (two crossings, fewer bytes).
  std::size_t one_crossing_bytes = std::size_t{1} << 20;
};

/// Collectives by MPI, over all ranks of the world. Collective to make and to end; ends before the World does.
///
/// flat: the library's own algorithm. hierarchical (all_reduce, all_gather): within the site, across, within; one
/// crossing of the WAN for two sites. docs/collectives.md tells the steps.
class MpiCommunicator : public Communicator {
 public:
  /// @param layout  of exactly the world's ranks
  /// @param device  whose memory calls are on, if not the host's; outlives it. What MPI leaves to us is done by it
  /// @throws UsageError when the layout has another number of ranks
  MpiCommunicator(const World& world, Layout layout, MpiOptions options = {}, Device* device = nullptr);
  ~MpiCommunicator() override;
  MpiCommunicator(const MpiCommunicator&) = delete;
  MpiCommunicator& operator=(const MpiCommunicator&) = delete;

  int rank() const override;
  int size() const override;
  std::string backend() const override;
  std::string library() const override;
  void run(const Call& call) override;
  void send(int peer, const void* data, std::size_t bytes) override;
  void receive(int peer, void* data, std::size_t bytes) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace longhaul
