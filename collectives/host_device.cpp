#include "collectives/host_device.hpp"

#include <cstdlib>
#include <cstring>

#include "collectives/contents.hpp"
#include "collectives/host_load.hpp"
#include "kernels/divide.hpp"
#include "kernels/fill.hpp"
#include "kernels/reduce.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr std::size_t page = 4096;

std::byte* element_at(void* buffer, DataType type, std::size_t element) {
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

}  // namespace

std::string HostDevice::name() const { return "host memory"; }

Buffers HostDevice::allocate(const Point& point, int rank, Memory memory) {
  return lay_out(point, rank, memory != nullptr ? memory : &pages);
}

Buffer HostDevice::scratch(std::size_t bytes) { return pages(bytes); }

void HostDevice::copy(void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}

void HostDevice::combine(void* into, const void* from, DataType type, std::size_t count, ReduceOp op) {
  reduce(into, from, type, count, op);
}

void HostDevice::divide(void* data, DataType type, std::size_t count, int ranks) {
  longhaul::divide(data, type, count, ranks);
}

std::unique_ptr<BackgroundLoad> HostDevice::start_load(unsigned steps) { return std::make_unique<HostLoad>(steps); }

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
  for (const Stretch& stretch : expected(point, buffers.counts, rank))
    join(found, compare_stretch(point, stretch, element_at(buffers.receive, point.type, stretch.begin), round),
         stretch);
  return found;
}

}  // namespace longhaul
