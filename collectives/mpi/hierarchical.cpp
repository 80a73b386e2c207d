#include "collectives/mpi/hierarchical.hpp"

#include "collectives/mpi/exchange.hpp"

namespace longhaul::mpi {
namespace {

constexpr int crossing_tag = 5;

int place_of(const Layout& layout, int rank) { return layout.index_in_site[static_cast<std::size_t>(rank)]; }
int site_of(const Layout& layout, int rank) { return layout.site_of_rank[static_cast<std::size_t>(rank)]; }

/// Elements of each rail's part, for all ranks of the site: the first `rails` have one, as even as can be.
struct Parts {
  Parts(std::size_t count, int rails, int ranks) : counts(static_cast<std::size_t>(ranks)), begins(counts.size()) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(rails); ++i) {
      const std::size_t end = count * (i + 1) / static_cast<std::size_t>(rails);
      counts[i] = static_cast<int>(end - begin);
      begins[i] = static_cast<int>(begin);
      begin = end;
    }
  }
  std::vector<int> counts, begins;
};

}  // namespace

Hierarchy::Hierarchy(const Lane& all, const Layout& layout, const MpiOptions& options, Device& device)
    : all_(all),
      layout_(layout),
      options_(options),
      inside_(all.comm(), site_of(layout, all.rank()), place_of(layout, all.rank()), all.check()),
      rail_(all.comm(), place_of(layout, all.rank()) < layout.rails() ? place_of(layout, all.rank()) : MPI_UNDEFINED,
            site_of(layout, all.rank()), all.check()),
      device_(device),
      part_(device),
      exchange_(device) {}

void Hierarchy::run(const Call& call) {
  if (call.operation == Operation::all_gather) {
    all_gather(call);
    return;
  }
  in_pieces(call.count, options_.chunk_elements, [&](std::size_t at, int count) {
    const std::size_t offset = at * size_of(call.type);
    all_reduce(static_cast<const std::byte*>(call.send) + offset, static_cast<std::byte*>(call.receive) + offset,
               static_cast<std::size_t>(count), call);
  });
}

void Hierarchy::all_reduce(const std::byte* send, std::byte* receive, std::size_t count, const Call& call) {
  if (layout_.rails() > 1 && count * size_of(call.type) >= options_.rail_bytes)
    reduce_over_rails(send, receive, count, call);
  else
    reduce_through_leaders(send, receive, count, call);
}

void Hierarchy::reduce_through_leaders(const std::byte* send, std::byte* receive, std::size_t count, const Call& call) {
  const bool leader = inside_.rank() == 0;
  const int elements = static_cast<int>(count);
  const void* const input = leader && call.in_place ? MPI_IN_PLACE : static_cast<const void*>(send);
  all_.check()(MPI_Reduce(input, receive, elements, type_of(call.type), op_of(call.op, call.type), 0, inside_.comm()),
               "MPI_Reduce");
  if (leader) across(receive, count, call);
  all_.check()(MPI_Bcast(receive, elements, type_of(call.type), 0, inside_.comm()), "MPI_Bcast");
}

void Hierarchy::reduce_over_rails(const std::byte* send, std::byte* receive, std::size_t count, const Call& call) {
  const Parts parts(count, layout_.rails(), inside_.size());
  const auto own = static_cast<std::size_t>(inside_.rank());
  const std::size_t own_count = static_cast<std::size_t>(parts.counts[own]), size = size_of(call.type);
  std::byte* const target = receive + static_cast<std::size_t>(parts.begins[own]) * size;
  // MPI allows no overlap of input and result here, so that in place the part is worked on elsewhere.
  std::byte* const part = call.in_place ? part_.at_least(own_count * size) : target;
  all_.check()(MPI_Reduce_scatter(send, part, parts.counts.data(), type_of(call.type), op_of(call.op, call.type),
                                  inside_.comm()),
               "MPI_Reduce_scatter");
  if (!rail_.empty()) across(part, own_count, call);
  if (part != target && own_count > 0) device_.copy(target, part, own_count * size);
  all_.check()(MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, receive, parts.counts.data(), parts.begins.data(),
                              type_of(call.type), inside_.comm()),
               "MPI_Allgatherv");
}

/// Data that is this rail's sum over the site becomes that over all ranks; avg divides it here, once.
void Hierarchy::across(void* data, std::size_t count, const Call& call) {
  all_reduce_across(rail_, data, count, call.type, call.op, options_.one_crossing_bytes, exchange_);
  if (call.op == ReduceOp::avg) device_.divide(data, call.type, count, all_.size());
}

void Hierarchy::all_gather(const Call& call) {
  std::vector<MPI_Request> requests;
  post_crossings(call, requests);
  std::byte* const own =
      static_cast<std::byte*>(call.receive) + static_cast<std::size_t>(all_.rank()) * call.count * size_of(call.type);
  if (!call.in_place && call.count > 0) device_.copy(own, call.send, call.count * size_of(call.type));
  const int home = site_of(layout_, all_.rank());
  spread(call, layout_.sites[static_cast<std::size_t>(home)]);  // while the other sites' blocks are on their way
  all_.check()(MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE), "MPI_Waitall");
  if (inside_.size() == 1) return;
  const auto wave = static_cast<std::size_t>(inside_.size());
  for (int site = 0; site < layout_.site_count(); ++site) {
    if (site == home) continue;
    const auto& owners = layout_.sites[static_cast<std::size_t>(site)];
    for (std::size_t first = 0; first < owners.size(); first += wave) {
      const std::size_t last = std::min(first + wave, owners.size());
      spread(call,
             {owners.begin() + static_cast<std::ptrdiff_t>(first), owners.begin() + static_cast<std::ptrdiff_t>(last)});
    }
  }
}

/// Each rank sends its block to one rank of each other site: the one of its own place there, modulo that site's size.
void Hierarchy::post_crossings(const Call& call, std::vector<MPI_Request>& requests) const {
  const int home = site_of(layout_, all_.rank()), place = place_of(layout_, all_.rank());
  const auto block = [&](int owner) {
    return static_cast<std::byte*>(call.receive) + static_cast<std::size_t>(owner) * call.count * size_of(call.type);
  };
  const auto post = [&](auto function, const char* name, auto* data, int peer) {
    in_pieces(call.count, options_.chunk_elements, [&](std::size_t at, int count) {
      all_.check()(function(data + at * size_of(call.type), count, type_of(call.type), peer, crossing_tag, all_.comm(),
                            &requests.emplace_back()),
                   name);
    });
  };
  for (int site = 0; site < layout_.site_count(); ++site) {
    if (site == home) continue;
    const auto& peers = layout_.sites[static_cast<std::size_t>(site)];
    for (std::size_t owner = static_cast<std::size_t>(place); owner < peers.size();
         owner += static_cast<std::size_t>(inside_.size()))
      post(MPI_Irecv, "MPI_Irecv", block(peers[owner]), peers[owner]);
    post(MPI_Isend, "MPI_Isend", static_cast<const std::byte*>(call.send),
         peers[static_cast<std::size_t>(place) % peers.size()]);
  }
}

/// All-gather within the site, each block straight to its place: rank i of the site holds the block of owners[i], if
/// any.
void Hierarchy::spread(const Call& call, const std::vector<int>& owners) const {
  const auto ranks = static_cast<std::size_t>(inside_.size());
  std::vector<int> counts(ranks, 0), begins(ranks, 0);
  const auto gather = [&](std::byte* data, MPI_Datatype type, int count, int stride) {
    for (std::size_t i = 0; i < owners.size(); ++i) {
      counts[i] = count;
      begins[i] = owners[i] * stride;
    }
    all_.check()(
        MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, data, counts.data(), begins.data(), type, inside_.comm()),
        "MPI_Allgatherv");
  };
  const auto receive = static_cast<std::byte*>(call.receive);
  const std::size_t share_chunk = options_.chunk_elements / static_cast<std::size_t>(all_.size());
  if (call.count <= share_chunk) {
    gather(receive, type_of(call.type), static_cast<int>(call.count), static_cast<int>(call.count));
    return;
  }
  in_pieces(call.count, std::max<std::size_t>(share_chunk, 1), [&](std::size_t at, int count) {
    const PieceOfBlocks piece(call.type, call.count, count, all_.check());
    gather(receive + at * size_of(call.type), piece.get(), 1, 1);
  });
}

}  // namespace longhaul::mpi
