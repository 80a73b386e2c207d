#include "collectives/device.hpp"

#include "kernels/pattern.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

std::byte* at(void* buffer, DataType type, std::size_t element) {
  return static_cast<std::byte*>(buffer) + element * size_of(type);
}

void require_checkable(const Point& point) {
  if (point.in_place && !has_in_place(point.operation))
    throw UsageError("{} has no in-place form; leave --in-place out", name_of(point.operation));
  const bool summed = reduces(point.operation) && (point.op == ReduceOp::sum || point.op == ReduceOp::avg);
  if (summed && point.ranks > pattern::max_summed_ranks)
    throw UsageError("{} over {} ranks cannot be verified exactly; at most {}, or use --reduce-op max",
                     name_of(point.op), point.ranks, pattern::max_summed_ranks);
}

}  // namespace

Buffers lay_out(const Point& point, int rank, Memory memory) {
  require_checkable(point);
  Buffers buffers;
  buffers.counts = counts_of(point.operation, point.size, point.type, point.ranks);
  const std::size_t own_share = static_cast<std::size_t>(rank) * buffers.counts.count;
  if (!point.in_place) {
    buffers.send_memory = memory(buffers.counts.send * size_of(point.type));
    buffers.receive_memory = memory(buffers.counts.receive * size_of(point.type));
    buffers.send = buffers.send_memory.get();
    buffers.receive = buffers.receive_memory.get();
    return buffers;
  }
  buffers.receive_memory = memory(buffers.counts.moved.count);
  buffers.send = buffers.receive = buffers.receive_memory.get();
  if (point.operation == Operation::all_gather) buffers.send = at(buffers.receive, point.type, own_share);
  if (point.operation == Operation::reduce_scatter) buffers.receive = at(buffers.send, point.type, own_share);
  return buffers;
}

std::optional<Mismatch> compare_stretch(const Point& point, const Stretch& stretch, const void* data, unsigned round) {
  if (reduces(point.operation))
    return verify_reduced(data, point.type, stretch.count, point.op, point.ranks, stretch.first, round,
                          averaging_of(point));
  return verify_copied(data, point.type, stretch.count, stretch.rank, stretch.first, round);
}

void join(std::optional<Mismatch>& found, std::optional<Mismatch> in_stretch, const Stretch& stretch) {
  if (!in_stretch) return;
  in_stretch->offset += stretch.begin;
  if (found)
    found->wrong += in_stretch->wrong;
  else
    found = in_stretch;
}

}  // namespace longhaul
