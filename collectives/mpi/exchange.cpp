#include "collectives/mpi/exchange.hpp"

#include <vector>

namespace longhaul::mpi {
namespace {

constexpr int contribution_tag = 3, result_tag = 4;

/// Messages under way between sites.
class Messages {
 public:
  Messages(const Lane& sites, DataType type, int tag) : sites_(sites), type_(type_of(type)), tag_(tag) {}

  void send(int peer, const void* data, std::size_t count) {
    sites_.check()(
        MPI_Isend(data, static_cast<int>(count), type_, peer, tag_, sites_.comm(), &requests_.emplace_back()),
        "MPI_Isend");
  }
  void receive(int peer, void* data, std::size_t count) {
    sites_.check()(
        MPI_Irecv(data, static_cast<int>(count), type_, peer, tag_, sites_.comm(), &requests_.emplace_back()),
        "MPI_Irecv");
  }
  void finish() {
    sites_.check()(MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE),
                   "MPI_Waitall");
  }

 private:
  const Lane& sites_;
  MPI_Datatype type_;
  int tag_;
  std::vector<MPI_Request> requests_;
};

/// own = contribution of site 0 op site 1 op …, from left to right; `others` holds the other sites' in site order.
void combine(const Lane& sites, std::byte* own, std::byte* others, std::size_t count, DataType type, ReduceOp op,
             Device& device) {
  const std::size_t bytes = count * size_of(type);
  const auto contribution = [&](int site) {
    if (site == sites.rank()) return own;
    return others + static_cast<std::size_t>(site < sites.rank() ? site : site - 1) * bytes;
  };
  // The sum so far wanders to the newest contribution: MPI_Reduce_local leaves `in op inout` in inout. It is MPI's own
  // on host memory only; with GPU memory few know what to do.
  for (int site = 1; site < sites.size(); ++site) {
    std::byte *const newest = contribution(site), *const so_far = contribution(site - 1);
    if (device.on_host())
      sites.check()(MPI_Reduce_local(so_far, newest, static_cast<int>(count), type_of(type), op_of(op, type)),
                    "MPI_Reduce_local");
    else
      device.combine(newest, so_far, type, count, op);
  }
  const std::byte* const sum = contribution(sites.size() - 1);
  if (sum != own && bytes > 0) device.copy(own, sum, bytes);
}

void in_one_crossing(const Lane& sites, std::byte* data, std::size_t count, DataType type, ReduceOp op,
                     Scratch& scratch) {
  const std::size_t bytes = count * size_of(type);
  std::byte* const others = scratch.at_least(bytes * static_cast<std::size_t>(sites.size() - 1));
  Messages messages(sites, type, contribution_tag);
  std::byte* into = others;
  for (int peer = 0; peer < sites.size(); ++peer) {
    if (peer == sites.rank()) continue;
    messages.receive(peer, into, count);
    messages.send(peer, data, count);
    into += bytes;
  }
  messages.finish();
  combine(sites, data, others, count, type, op, scratch.device());
}

void in_two_crossings(const Lane& sites, std::byte* data, std::size_t count, DataType type, ReduceOp op,
                      Scratch& scratch) {
  const std::size_t pieces = static_cast<std::size_t>(sites.size());
  const auto begin = [&](int piece) { return static_cast<std::size_t>(piece) * count / pieces; };
  const auto length = [&](int piece) { return begin(piece + 1) - begin(piece); };
  const auto at = [&](int piece) { return data + begin(piece) * size_of(type); };
  const int me = sites.rank();
  std::byte* const others = scratch.at_least(length(me) * size_of(type) * (pieces - 1));

  Messages contributions(sites, type, contribution_tag);
  std::byte* into = others;
  for (int peer = 0; peer < sites.size(); ++peer) {
    if (peer == me) continue;
    contributions.receive(peer, into, length(me));
    contributions.send(peer, at(peer), length(peer));
    into += length(me) * size_of(type);
  }
  contributions.finish();
  combine(sites, at(me), others, length(me), type, op, scratch.device());

  Messages results(sites, type, result_tag);
  for (int peer = 0; peer < sites.size(); ++peer) {
    if (peer == me) continue;
    results.receive(peer, at(peer), length(peer));
    results.send(peer, at(me), length(me));
  }
  results.finish();
}

}  // namespace

void all_reduce_across(const Lane& sites, void* data, std::size_t count, DataType type, ReduceOp op,
                       std::size_t one_crossing_bytes, Scratch& scratch) {
  std::byte* const bytes = static_cast<std::byte*>(data);
  if (sites.size() == 2 || count * size_of(type) <= one_crossing_bytes)
    in_one_crossing(sites, bytes, count, type, op, scratch);
  else
    in_two_crossings(sites, bytes, count, type, op, scratch);
}

}  // namespace longhaul::mpi
