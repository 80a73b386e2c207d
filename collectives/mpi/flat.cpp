#include "collectives/mpi/flat.hpp"

namespace longhaul::mpi {
namespace {

constexpr int ring_tag = 2;

/// A call's buffers in MPI's terms.
class Operands {
 public:
  Operands(const Lane& all, const Call& call, std::size_t chunk)
      : comm(all.comm()),
        check(all.check()),
        type(type_of(call.type)),
        op(op_of(call.op, call.type)),
        chunk_(chunk),
        ranks_(static_cast<std::size_t>(all.size())),
        call_(call) {}

  const void* send(std::size_t element = 0) const {
    return static_cast<const std::byte*>(call_.send) + element * size_of(call_.type);
  }
  void* receive(std::size_t element = 0) const {
    return static_cast<std::byte*>(call_.receive) + element * size_of(call_.type);
  }
  /// MPI's way to say that the input is where the result goes.
  const void* send_or_in_place(std::size_t element = 0) const { return call_.in_place ? MPI_IN_PLACE : send(element); }
  std::size_t bytes(std::size_t elements) const { return elements * size_of(call_.type); }
  /// True when all ranks' shares together fit one call.
  bool shares_fit() const { return call_.count <= chunk_ / ranks_; }
  /// Elements of one share that a piece may have.
  std::size_t share_chunk() const { return std::max<std::size_t>(chunk_ / ranks_, 1); }

  MPI_Comm comm;
  const MpiCheck& check;
  MPI_Datatype type;
  MPI_Op op;

 private:
  std::size_t chunk_, ranks_;
  const Call& call_;
};

void all_reduce(const Operands& my, const Call& call, std::size_t chunk) {
  in_pieces(call.count, chunk, [&](std::size_t at, int count) {
    my.check(MPI_Allreduce(my.send_or_in_place(at), my.receive(at), count, my.type, my.op, my.comm), "MPI_Allreduce");
  });
}

void broadcast(const Operands& my, const Call& call, std::size_t chunk, int rank, Device& device) {
  const bool from_send = rank == call.root && !call.in_place;
  in_pieces(call.count, chunk, [&](std::size_t at, int count) {
    void* const data = from_send ? const_cast<void*>(my.send(at)) : my.receive(at);  // MPI only reads it at the root
    my.check(MPI_Bcast(data, count, my.type, call.root, my.comm), "MPI_Bcast");
  });
  if (from_send && call.count > 0) device.copy(call.receive, call.send, my.bytes(call.count));
}

void reduce(const Operands& my, const Call& call, std::size_t chunk, int rank) {
  const bool root = rank == call.root;
  in_pieces(call.count, chunk, [&](std::size_t at, int count) {
    const void* const input = root ? my.send_or_in_place(at) : my.send(at);
    my.check(MPI_Reduce(input, root ? my.receive(at) : nullptr, count, my.type, my.op, call.root, my.comm),
             "MPI_Reduce");
  });
}

void all_gather(const Operands& my, const Call& call) {
  if (my.shares_fit()) {
    const int count = static_cast<int>(call.count);
    my.check(MPI_Allgather(my.send_or_in_place(), count, my.type, call.receive, count, my.type, my.comm),
             "MPI_Allgather");
    return;
  }
  in_pieces(call.count, my.share_chunk(), [&](std::size_t at, int count) {
    const PieceOfBlocks piece(call.type, call.count, count, my.check);
    my.check(MPI_Allgather(my.send_or_in_place(at), count, my.type, my.receive(at), 1, piece.get(), my.comm),
             "MPI_Allgather");
  });
}

void all_to_all(const Operands& my, const Call& call) {
  if (my.shares_fit()) {
    const int count = static_cast<int>(call.count);
    my.check(MPI_Alltoall(call.send, count, my.type, call.receive, count, my.type, my.comm), "MPI_Alltoall");
    return;
  }
  in_pieces(call.count, my.share_chunk(), [&](std::size_t at, int count) {
    const PieceOfBlocks piece(call.type, call.count, count, my.check);
    my.check(MPI_Alltoall(my.send(at), 1, piece.get(), my.receive(at), 1, piece.get(), my.comm), "MPI_Alltoall");
  });
}

void reduce_scatter_whole(const Operands& my, const Call& call, int rank, Device& device) {
  const int count = static_cast<int>(call.count);
  if (!call.in_place) {
    my.check(MPI_Reduce_scatter_block(call.send, call.receive, count, my.type, my.op, my.comm),
             "MPI_Reduce_scatter_block");
    return;
  }
  std::byte* const slot = static_cast<std::byte*>(call.receive);
  std::byte* const slots = slot - static_cast<std::size_t>(rank) * my.bytes(call.count);
  my.check(MPI_Reduce_scatter_block(MPI_IN_PLACE, slots, count, my.type, my.op, my.comm), "MPI_Reduce_scatter_block");
  if (slot != slots) device.copy(slot, slots, my.bytes(call.count));
}

/// Reductions take no strided types: the piece of each share is laid side by side first.
void reduce_scatter_cut(const Operands& my, const Call& call, int ranks, Scratch& scratch) {
  in_pieces(call.count, my.share_chunk(), [&](std::size_t at, int count) {
    const std::size_t bytes = my.bytes(static_cast<std::size_t>(count));
    std::byte* const pieces = scratch.at_least(bytes * static_cast<std::size_t>(ranks));
    for (std::size_t to = 0; to < static_cast<std::size_t>(ranks); ++to)
      scratch.device().copy(pieces + to * bytes, my.send(to * call.count + at), bytes);
    my.check(MPI_Reduce_scatter_block(MPI_IN_PLACE, pieces, count, my.type, my.op, my.comm),
             "MPI_Reduce_scatter_block");
    scratch.device().copy(my.receive(at), pieces, bytes);
  });
}

void send_recv(const Operands& my, const Call& call, std::size_t chunk, int rank, int ranks) {
  const int next = (rank + 1) % ranks, previous = (rank + ranks - 1) % ranks;
  in_pieces(call.count, chunk, [&](std::size_t at, int count) {
    my.check(MPI_Sendrecv(my.send(at), count, my.type, next, ring_tag, my.receive(at), count, my.type, previous,
                          ring_tag, my.comm, MPI_STATUS_IGNORE),
             "MPI_Sendrecv");
  });
}

bool holds_result(const Call& call, int rank) { return call.operation != Operation::reduce || rank == call.root; }

}  // namespace

void run_flat(const Lane& all, const Call& call, std::size_t chunk, Scratch& scratch) {
  const Operands my(all, call, chunk);
  switch (call.operation) {
    case Operation::all_reduce: all_reduce(my, call, chunk); break;
    case Operation::all_gather: all_gather(my, call); break;
    case Operation::reduce_scatter:
      my.shares_fit() ? reduce_scatter_whole(my, call, all.rank(), scratch.device())
                      : reduce_scatter_cut(my, call, all.size(), scratch);
      break;
    case Operation::broadcast: broadcast(my, call, chunk, all.rank(), scratch.device()); break;
    case Operation::reduce: reduce(my, call, chunk, all.rank()); break;
    case Operation::all_to_all: all_to_all(my, call); break;
    case Operation::send_recv: send_recv(my, call, chunk, all.rank(), all.size()); break;
  }
  if (call.op == ReduceOp::avg && reduces(call.operation) && holds_result(call, all.rank()))
    scratch.device().divide(call.receive, call.type, call.count, all.size());
}

}  // namespace longhaul::mpi
