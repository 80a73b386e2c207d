#include "collectives/nccl/hierarchical.hpp"

#include <algorithm>

#include "collectives/nccl/flat.hpp"
#include "collectives/nccl/version.hpp"
#include "kernels/device.hpp"

namespace longhaul::nccl {
namespace {

std::byte* element(const void* data, DataType type, std::size_t index) {
  return const_cast<std::byte*>(static_cast<const std::byte*>(data)) + index * size_of(type);
}

/// Sums first; who holds the sum of all divides it.
ncclRedOp_t summed(ReduceOp op) { return op_of(op == ReduceOp::avg ? ReduceOp::sum : op); }

}  // namespace

Hierarchy::Hierarchy(const Layout& layout, int rank, std::size_t chunk_bytes)
    : layout_(layout),
      rank_(rank),
      home_(layout.site_of_rank[static_cast<std::size_t>(rank)]),
      place_(layout.index_in_site[static_cast<std::size_t>(rank)]),
      rails_(layout.rails()),
      chunk_bytes_(chunk_bytes) {}

const Event& Hierarchy::event(std::size_t index) {
  while (events_.size() <= index) events_.emplace_back(Event::Timing::no);
  return events_[index];
}

std::vector<Hierarchy::Chunk> Hierarchy::chunks_of(const Call& call, std::size_t chunk_bytes) const {
  const std::size_t rails = static_cast<std::size_t>(rails_);
  const std::size_t most = std::max<std::size_t>(chunk_bytes / size_of(call.type) / rails * rails, rails);
  std::vector<Chunk> chunks;
  for (std::size_t begin = 0; begin < call.count; begin += most)
    chunks.push_back({begin, std::min(most, call.count - begin)});
  return chunks;
}

/// Element of the buffer where a rail's part of the chunk begins.
std::size_t Hierarchy::part(const Chunk& chunk, int rail) const {
  return chunk.begin + chunk.count * static_cast<std::size_t>(rail) / static_cast<std::size_t>(rails_);
}

void Hierarchy::enqueue(Lanes& lanes, const Streams& streams, const Call& call) {
  if (call.operation == Operation::all_gather)
    all_gather(lanes, streams, call);
  else
    all_reduce(lanes, streams, call);
}

void Hierarchy::all_reduce(Lanes& lanes, const Streams& streams, const Call& call) {
  const auto chunks = chunks_of(call, chunk_bytes_);
  const auto main = streams.main.get(), across = streams.across.get();
  const std::size_t ready = 0, crossed = chunks.size();  // events of a chunk: ready + i, crossed + i
  for (std::size_t i = 0; i <= chunks.size(); ++i) {
    if (i < chunks.size()) {
      reduce_inside(lanes.site, call, chunks[i], main);
      event(ready + i).record(main);
      event(ready + i).hold(across);
      reduce_across(lanes, call, chunks[i], across);
      event(crossed + i).record(across);
    }
    if (i > 0) {  // one behind, so that chunk i crosses meanwhile
      event(crossed + i - 1).hold(main);
      gather_inside(lanes.site, call, chunks[i - 1], main);
    }
  }
}

void Hierarchy::reduce_inside(Comm& site, const Call& call, const Chunk& chunk, cudaStream_t stream) {
  const auto type = type_of(call.type);
  const auto op = summed(call.op);
  const auto* const from = element(call.send, call.type, chunk.begin);
  if (site.size() == rails_ && chunk.count % static_cast<std::size_t>(rails_) == 0) {
    auto* const to = element(call.receive, call.type, part(chunk, place_));
    site.expect(
        ncclReduceScatter(from, to, chunk.count / static_cast<std::size_t>(rails_), type, op, site.get(), stream),
        "ncclReduceScatter");
    return;
  }
  Group group;
  for (int rail = 0; rail < rails_; ++rail) {
    const std::size_t begin = part(chunk, rail), count = part(chunk, rail + 1) - begin;
    Group::expect(site,
                  ncclReduce(element(call.send, call.type, begin), element(call.receive, call.type, begin), count, type,
                             op, rail, site.get(), stream),
                  "ncclReduce");
  }
  group.finish(site);
}

void Hierarchy::reduce_across(Lanes& lanes, const Call& call, const Chunk& chunk, cudaStream_t stream) {
  if (lanes.rail.empty()) return;
  const std::size_t begin = part(chunk, place_), count = part(chunk, place_ + 1) - begin;
  auto* const data = element(call.receive, call.type, begin);
  lanes.rail.expect(ncclAllReduce(data, data, count, type_of(call.type), summed(call.op), lanes.rail.get(), stream),
                    "ncclAllReduce");
  if (call.op == ReduceOp::avg)
    check_launch([&] { device::divide(stream, data, call.type, count, layout_.ranks()); }, "dividing for avg");
}

void Hierarchy::gather_inside(Comm& site, const Call& call, const Chunk& chunk, cudaStream_t stream) {
  const auto type = type_of(call.type);
  if (site.size() == rails_ && chunk.count % static_cast<std::size_t>(rails_) == 0) {
    site.expect(ncclAllGather(element(call.receive, call.type, part(chunk, place_)),
                              element(call.receive, call.type, chunk.begin),
                              chunk.count / static_cast<std::size_t>(rails_), type, site.get(), stream),
                "ncclAllGather");
    return;
  }
  Group group;
  for (int rail = 0; rail < rails_; ++rail) {
    const std::size_t begin = part(chunk, rail), count = part(chunk, rail + 1) - begin;
    auto* const data = element(call.receive, call.type, begin);
    Group::expect(site, ncclBroadcast(data, data, count, type, rail, site.get(), stream), "ncclBroadcast");
  }
  group.finish(site);
}

void Hierarchy::all_gather(Lanes& lanes, const Streams& streams, const Call& call) {
  const auto chunks =
      chunks_of(call, std::max(chunk_bytes_ / static_cast<std::size_t>(layout_.ranks()), std::size_t{1}));
  const auto main = streams.main.get(), across = streams.across.get();
  const std::size_t size = size_of(call.type);
  auto* const own = element(call.receive, call.type, static_cast<std::size_t>(rank_) * call.count);
  const std::size_t begun = 0, crossed = 1;
  event(begun).record(main);
  event(begun).hold(across);
  if (!call.in_place && call.count > 0)
    check_cuda(cudaMemcpyAsync(own, call.send, call.count * size, cudaMemcpyDeviceToDevice, main), "cudaMemcpyAsync");
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    cross(lanes.all, call, chunks[i], across);
    event(crossed + i).record(across);
    spread(lanes.site, call, chunks[i], true, main);
    event(crossed + i).hold(main);
    spread(lanes.site, call, chunks[i], false, main);
  }
  event(crossed + chunks.size()).record(across);
  event(crossed + chunks.size()).hold(main);
}

/// A block goes to the rank of its owner's place in each other site, modulo that site's size.
void Hierarchy::cross(Comm& all, const Call& call, const Chunk& chunk, cudaStream_t stream) {
  const auto type = type_of(call.type);
  const std::size_t own_size = layout_.sites[static_cast<std::size_t>(home_)].size();
  Group group;
  for (int site = 0; site < layout_.site_count(); ++site) {
    if (site == home_) continue;
    const auto& peers = layout_.sites[static_cast<std::size_t>(site)];
    const int peer = peers[static_cast<std::size_t>(place_) % peers.size()];
    Group::expect(all, ncclSend(element(call.send, call.type, chunk.begin), chunk.count, type, peer, all.get(), stream),
                  "ncclSend");
    for (std::size_t owner = static_cast<std::size_t>(place_); owner < peers.size(); owner += own_size) {
      const std::size_t block = static_cast<std::size_t>(peers[owner]) * call.count;
      Group::expect(all,
                    ncclRecv(element(call.receive, call.type, block + chunk.begin), chunk.count, type, peers[owner],
                             all.get(), stream),
                    "ncclRecv");
    }
  }
  group.finish(all);
}

/// Blocks from whoever in the site holds them to the others there: those of the own site's ranks, or all others.
void Hierarchy::spread(Comm& site, const Call& call, const Chunk& chunk, bool own_site, cudaStream_t stream) {
  const auto type = type_of(call.type);
  Group group;
  for (int owner = 0; owner < layout_.ranks(); ++owner) {
    const auto index = static_cast<std::size_t>(owner);
    if ((layout_.site_of_rank[index] == home_) != own_site) continue;
    const int holder = layout_.index_in_site[index] % site.size();
    auto* const data = element(call.receive, call.type, index * call.count + chunk.begin);
    Group::expect(site, ncclBroadcast(data, data, chunk.count, type, holder, site.get(), stream), "ncclBroadcast");
  }
  group.finish(site);
}

}  // namespace longhaul::nccl
