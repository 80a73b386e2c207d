#pragma once
#include "collectives/communicator.hpp"
#include "collectives/layout.hpp"
#include "collectives/mpi/communicator.hpp"
#include "collectives/mpi/lane.hpp"

namespace longhaul::mpi {

/// Collectives in the steps: within the site, across, within; docs/collectives.md shows them with their WAN crossings.
/// Made collectively by all ranks of `all`, which outlives it.
class Hierarchy {
 public:
  Hierarchy(const Lane& all, const Layout& layout, const MpiOptions& options, Device& device);

  /// all_reduce or all_gather.
  void run(const Call& call);

 private:
  void all_reduce(const std::byte* send, std::byte* receive, std::size_t count, const Call& call);
  void reduce_through_leaders(const std::byte* send, std::byte* receive, std::size_t count, const Call& call);
  void reduce_over_rails(const std::byte* send, std::byte* receive, std::size_t count, const Call& call);
  void across(void* data, std::size_t count, const Call& call);

  void all_gather(const Call& call);
  void post_crossings(const Call& call, std::vector<MPI_Request>& requests) const;
  void spread(const Call& call, const std::vector<int>& owners) const;

  const Lane& all_;
  const Layout& layout_;
  MpiOptions options_;
  Lane inside_;  ///< this site's ranks
  Lane rail_;    ///< one rank of each site; empty for ranks beyond the smallest site's size
  Device& device_;
  Scratch part_, exchange_;
};

}  // namespace longhaul::mpi
