#include "collectives/host_device.hpp"

#include <cstdlib>

#include "collectives/contents.hpp"
#include "kernels/fill.hpp"
#include "kernels/pattern.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr std::size_t page = 4096;

std::byte* at(void* buffer, DataType type, std::size_t element) {
  return static_cast<std::byte*>(buffer) + element * size_of(type);
}

/// At least one page, so that buffers of no elements have an address too.
Buffer pages(std::size_t bytes) {
  const std::size_t rounded = (bytes / page + 1) * page;
  void* const memory = rounded > bytes ? std::aligned_alloc(page, rounded) : nullptr;
  if (memory == nullptr)
    throw EnvironmentError("cannot allocate {} of host memory for a buffer; use smaller sizes or fewer ranks a host",
                           format_bytes({bytes}));
  return {memory, &std::free};
}

void require_checkable(const Point& point) {
  if (point.in_place && !has_in_place(point.operation))
    throw UsageError("{} has no in-place form; leave --in-place out", name_of(point.operation));
  const bool summed = reduces(point.operation) && (point.op == ReduceOp::sum || point.op == ReduceOp::avg);
  if (summed && point.ranks > pattern::max_summed_ranks)
    throw UsageError("{} over {} ranks cannot be verified exactly; at most {}, or use --reduce-op max",
                     name_of(point.op), point.ranks, pattern::max_summed_ranks);
}

std::optional<Mismatch> verify_stretch(const Point& point, const Stretch& stretch, void* receive, unsigned round) {
  const void* const data = at(receive, point.type, stretch.begin);
  if (reduces(point.operation))
    return verify_reduced(data, point.type, stretch.count, point.op, point.ranks, stretch.first, round,
                          averaging_of(point.backend));
  return verify_copied(data, point.type, stretch.count, stretch.rank, stretch.first, round);
}

}  // namespace

std::string HostDevice::name() const { return "host memory"; }

Buffers HostDevice::allocate(const Point& point, int rank) {
  require_checkable(point);
  Buffers buffers;
  buffers.counts = counts_of(point.operation, point.size, point.type, point.ranks);
  const std::size_t own_share = static_cast<std::size_t>(rank) * buffers.counts.count;
  if (!point.in_place) {
    buffers.send_memory = pages(buffers.counts.send * size_of(point.type));
    buffers.receive_memory = pages(buffers.counts.receive * size_of(point.type));
    buffers.send = buffers.send_memory.get();
    buffers.receive = buffers.receive_memory.get();
    return buffers;
  }
  buffers.receive_memory = pages(buffers.counts.moved.count);
  buffers.send = buffers.receive = buffers.receive_memory.get();
  if (point.operation == Operation::all_gather) buffers.send = at(buffers.receive, point.type, own_share);
  if (point.operation == Operation::reduce_scatter) buffers.receive = at(buffers.send, point.type, own_share);
  return buffers;
}

void HostDevice::fill(const Point& point, const Buffers& buffers, int rank, unsigned round) {
  poison(buffers.receive, buffers.counts.receive * size_of(point.type));
  const Stretch own = input(buffers.counts, rank);
  if (reduces(point.operation))
    fill_reduced(buffers.send, point.type, own.count, point.op, rank, point.ranks, own.first, round);
  else
    fill_copied(buffers.send, point.type, own.count, rank, own.first, round);
}

std::optional<Mismatch> HostDevice::verify(const Point& point, const Buffers& buffers, int rank, unsigned round) {
  std::optional<Mismatch> found;
  for (const Stretch& stretch : expected(point, buffers.counts, rank)) {
    auto mismatch = verify_stretch(point, stretch, buffers.receive, round);
    if (!mismatch) continue;
    mismatch->offset += stretch.begin;
    if (found)
      found->wrong += mismatch->wrong;
    else
      found = mismatch;
  }
  return found;
}

}  // namespace longhaul
