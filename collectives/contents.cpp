#include "collectives/contents.hpp"

namespace longhaul {
namespace {

/// One block of `count` elements from each rank, in rank order.
std::vector<Stretch> blocks(std::size_t count, int ranks, std::uint64_t first) {
  std::vector<Stretch> all;
  for (int from = 0; from < ranks; ++from) all.push_back({static_cast<std::size_t>(from) * count, count, from, first});
  return all;
}

}  // namespace

Stretch input(const Counts& counts, int rank) { return {0, counts.send, rank, 0}; }

std::vector<Stretch> expected(const Point& point, const Counts& counts, int rank) {
  const std::uint64_t own_share = static_cast<std::uint64_t>(rank) * counts.count;
  switch (point.operation) {
    case Operation::all_reduce: return {{0, counts.receive, 0, 0}};
    case Operation::reduce: return rank == 0 ? std::vector<Stretch>{{0, counts.receive, 0, 0}} : std::vector<Stretch>{};
    case Operation::reduce_scatter: return {{0, counts.receive, 0, own_share}};
    case Operation::broadcast: return {{0, counts.receive, 0, 0}};
    case Operation::all_gather: return blocks(counts.count, point.ranks, 0);
    case Operation::all_to_all: return blocks(counts.count, point.ranks, own_share);
    case Operation::send_recv: return {{0, counts.receive, (rank + point.ranks - 1) % point.ranks, 0}};
  }
  return {};
}

Averaging averaging_of(const Point& point) {
  return point.backend == "nccl" && point.algorithm == Algorithm::flat ? Averaging::premultiplies
                                                                       : Averaging::divides_once;
}

}  // namespace longhaul
