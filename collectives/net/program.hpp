#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "kernels/data_type.hpp"

/// What one rank does for a collective on one ring, step by step, as NCCL's ring kernels do it: pure values, before
/// anything moves. Source: NVIDIA/nccl, src/device/all_reduce.h, all_gather.h, reduce_scatter.h, broadcast.h, reduce.h,
/// prims_simple.h (Simple protocol); NCCL_STEPS and the chunk and slice steps of src/include/device.h, collectives.h.
namespace longhaul::net {

constexpr int kSteps = 8;  ///< slots of a connection's buffer

/// How a channel's buffer is cut.
struct Chunking {
  std::size_t buffer = std::size_t{4} << 20;  ///< NCCL_BUFFSIZE: of one channel's connection
  std::size_t step() const { return buffer / kSteps; }
};

/// One message's worth of work. In this order: a message is received; it is combined with what the rank itself has; the
/// result is stored and sent on.
struct Step {
  const std::byte* in = nullptr;  ///< what the rank itself has: sent where nothing is received, else combined
  std::byte* out = nullptr;       ///< where the result is stored; null: nowhere
  std::size_t count = 0;          ///< elements
  bool receives = false, sends = false;
  bool divides = false;  ///< the result is complete: the last step of avg
  int credits = 1;       ///< slots that the message takes up
  bool combines() const { return receives && in != nullptr; }
};
using Program = std::vector<Step>;

/// A rank's place in a ring: it receives from position − 1 and sends to position + 1.
struct Place {
  int position = 0, size = 1;
  int relative(int by) const { return ((position + by) % size + size) % size; }
};

/// Elements from `begin` on of a rank's buffers.
struct Block {
  std::size_t begin = 0, count = 0;
};

/// The part of `count` elements that one of `parts` channels works on; whole elements, even but for the last.
Block part_of(std::size_t count, int parts, int index);

/// Builds programs for one rank: its place, its buffers, and how messages are cut.
class Writer {
 public:
  Writer(Place place, Chunking chunking, DataType type, const void* send, void* receive, bool average);

  /// Elements of `block` on all ranks are combined, to all.
  Program all_reduce(Block block) const;
  /// blocks[i] is what position i contributes; everyone gets all of them, each where it lies in the receive buffer.
  /// @param own  where this rank's contribution begins, in bytes; stored in the receive buffer unless it lies there
  Program all_gather(std::span<const Block> blocks, const std::byte* own) const;
  /// blocks[i] is combined over all ranks, to position i, which stores it at `result`.
  Program reduce_scatter(std::span<const Block> blocks, std::byte* result) const;
  Program broadcast(Block block, int root) const;
  Program reduce(Block block, int root) const;
  /// A whole buffer to or from one peer, in pieces of NCCL_P2P_NET_CHUNKSIZE.
  static Program send_to_peer(const std::byte* data, std::size_t bytes, const Chunking& chunking);
  static Program receive_from_peer(std::byte* data, std::size_t bytes, const Chunking& chunking);

 private:
  const std::byte* in(std::size_t element) const { return send_ + element * size_; }
  std::byte* out(std::size_t element) const { return receive_ + element * size_; }
  std::size_t chunk_elements(int steps) const;
  void add(Program& program, Step whole, int slices, int steps) const;

  Place place_;
  Chunking chunking_;
  std::size_t size_;  ///< of an element
  const std::byte* send_;
  std::byte* receive_;
  bool average_;
};

}  // namespace longhaul::net
