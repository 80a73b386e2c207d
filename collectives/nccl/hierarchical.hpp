#pragma once
#include <vector>

#include "collectives/communicator.hpp"
#include "collectives/nccl/lanes.hpp"

namespace longhaul::nccl {

/// The hierarchical forms, put on two streams chunk by chunk, so that a chunk crosses sites while the next is combined
/// within them. All ranks put down the same steps in the same order on each communicator, which is what NCCL asks for.
///
/// all_reduce, for each chunk, cut into one part a rail:
///   within the site   reduce-scatter: the rail's rank gets its part's sum over the site
///   across            all-reduce of the part over the rail (crossing the WAN); avg divides here, once
///   within the site   all-gather of the parts
/// Where a site has more ranks than there are rails, or a chunk does not divide evenly, the outer two are groups of
/// reduces and broadcasts, one a part.
///
/// all_gather, for each chunk of the blocks: each rank sends its block to one rank of each other site; meanwhile blocks
/// of the own site are spread within it, then those that came.
class Hierarchy {
 public:
  Hierarchy(const Layout& layout, int rank, std::size_t chunk_bytes);
  /// On streams.main, with streams.across forked off and joined again. A call of no elements is put down as flat.
  void enqueue(Lanes& lanes, const Streams& streams, const Call& call);

 private:
  struct Chunk {
    std::size_t begin = 0, count = 0;
  };
  std::vector<Chunk> chunks_of(const Call& call, std::size_t chunk_bytes) const;
  std::size_t part(const Chunk& chunk, int rail) const;

  void all_reduce(Lanes& lanes, const Streams& streams, const Call& call);
  void reduce_inside(Comm& site, const Call& call, const Chunk& chunk, cudaStream_t stream);
  void reduce_across(Lanes& lanes, const Call& call, const Chunk& chunk, cudaStream_t stream);
  void gather_inside(Comm& site, const Call& call, const Chunk& chunk, cudaStream_t stream);

  void all_gather(Lanes& lanes, const Streams& streams, const Call& call);
  void cross(Comm& all, const Call& call, const Chunk& chunk, cudaStream_t stream);
  void spread(Comm& site, const Call& call, const Chunk& chunk, bool own_site, cudaStream_t stream);

  const Event& event(std::size_t index);

  const Layout& layout_;
  int rank_, home_, place_, rails_;
  std::size_t chunk_bytes_;
  std::vector<Event> events_;
};

}  // namespace longhaul::nccl
