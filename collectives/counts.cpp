#include "collectives/counts.hpp"

#include <algorithm>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

void require_ranks(int ranks) {
  if (ranks < 1) throw UsageError("{} ranks cannot run a collective; expected at least 1", ranks);
}

}  // namespace

Counts counts_of(Operation operation, Bytes size, DataType type, int ranks) {
  require_ranks(ranks);
  const auto n = static_cast<std::size_t>(ranks);
  const std::size_t elements = size.count / size_of(type);
  const std::size_t share = elements / n;
  Counts counts;
  switch (operation) {
    case Operation::all_reduce:
    case Operation::broadcast:
    case Operation::reduce:
    case Operation::send_recv: counts = {elements, elements, elements, {}}; break;
    case Operation::all_gather: counts = {share, share * n, share, {}}; break;
    case Operation::reduce_scatter: counts = {share * n, share, share, {}}; break;
    case Operation::all_to_all: counts = {share * n, share * n, share, {}}; break;
  }
  counts.moved.count = std::max(counts.send, counts.receive) * size_of(type);
  return counts;
}

BytesPerSecond algorithm_bandwidth(Bytes moved, Duration time) {
  if (moved.count == 0 || time <= Duration::zero()) return {};
  return {static_cast<double>(moved.count) / seconds(time)};
}

double bus_factor(Operation operation, int ranks) {
  require_ranks(ranks);
  const double others = (ranks - 1.0) / ranks;
  switch (operation) {
    case Operation::all_reduce: return 2 * others;
    case Operation::all_gather:
    case Operation::reduce_scatter:
    case Operation::all_to_all: return others;
    case Operation::broadcast:
    case Operation::reduce:
    case Operation::send_recv: return 1;
  }
  return 0;
}

BytesPerSecond bus_bandwidth(Operation operation, BytesPerSecond algbw, int ranks) {
  return {algbw.value * bus_factor(operation, ranks)};
}

Bytes least_bytes_between_sites(Operation operation, Bytes moved, int ranks_in_site, int ranks) {
  require_ranks(ranks);
  if (ranks_in_site < 1 || ranks_in_site > ranks)
    throw UsageError("a site of {} ranks cannot be part of {} ranks", ranks_in_site, ranks);
  if (ranks_in_site == ranks) return {};
  const auto n = static_cast<std::uint64_t>(ranks), inside = static_cast<std::uint64_t>(ranks_in_site);
  switch (operation) {
    case Operation::all_reduce:
    case Operation::broadcast:
    case Operation::reduce:
    case Operation::send_recv: return moved;
    case Operation::all_gather: return {moved.count / n * inside};
    case Operation::reduce_scatter: return {moved.count / n * (n - inside)};
    case Operation::all_to_all: return {moved.count / n * inside * (n - inside)};
  }
  return {};
}

}  // namespace longhaul
