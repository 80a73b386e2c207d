#include "collectives/nccl/flat.hpp"

#include "collectives/nccl/version.hpp"

namespace longhaul::nccl {
namespace {

void enqueue_all_to_all(Comm& all, const Call& call, cudaStream_t stream) {
  const std::size_t block = call.count * size_of(call.type);
  const auto type = type_of(call.type);
  Group group;
  for (int peer = 0; peer < all.size(); ++peer) {
    const std::size_t offset = static_cast<std::size_t>(peer) * block;
    const auto* const from = static_cast<const std::byte*>(call.send) + offset;
    auto* const to = static_cast<std::byte*>(call.receive) + offset;
    Group::expect(all, ncclSend(from, call.count, type, peer, all.get(), stream), "ncclSend");
    Group::expect(all, ncclRecv(to, call.count, type, peer, all.get(), stream), "ncclRecv");
  }
  group.finish(all);
}

void enqueue_send_recv(Comm& all, const Call& call, cudaStream_t stream) {
  const int next = (all.rank() + 1) % all.size(), previous = (all.rank() + all.size() - 1) % all.size();
  const auto type = type_of(call.type);
  Group group;
  Group::expect(all, ncclSend(call.send, call.count, type, next, all.get(), stream), "ncclSend");
  Group::expect(all, ncclRecv(call.receive, call.count, type, previous, all.get(), stream), "ncclRecv");
  group.finish(all);
}

}  // namespace

void enqueue_flat(Comm& all, const Call& call, cudaStream_t stream) {
  const auto type = type_of(call.type);
  const auto op = op_of(call.op);
  switch (call.operation) {
    case Operation::all_reduce:
      return all.expect(ncclAllReduce(call.send, call.receive, call.count, type, op, all.get(), stream),
                        "ncclAllReduce");
    case Operation::all_gather:
      return all.expect(ncclAllGather(call.send, call.receive, call.count, type, all.get(), stream), "ncclAllGather");
    case Operation::reduce_scatter:
      return all.expect(ncclReduceScatter(call.send, call.receive, call.count, type, op, all.get(), stream),
                        "ncclReduceScatter");
    case Operation::broadcast:
      return all.expect(ncclBroadcast(call.send, call.receive, call.count, type, call.root, all.get(), stream),
                        "ncclBroadcast");
    case Operation::reduce:
      return all.expect(ncclReduce(call.send, call.receive, call.count, type, op, call.root, all.get(), stream),
                        "ncclReduce");
    case Operation::all_to_all: return enqueue_all_to_all(all, call, stream);
    case Operation::send_recv: return enqueue_send_recv(all, call, stream);
  }
}

}  // namespace longhaul::nccl
