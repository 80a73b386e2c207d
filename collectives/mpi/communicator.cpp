#include "collectives/mpi/communicator.hpp"

#include <mpi.h>

#include <climits>
#include <cstdlib>

#include "collectives/host_device.hpp"
#include "collectives/mpi/flat.hpp"
#include "collectives/mpi/hierarchical.hpp"
#include "collectives/mpi/lane.hpp"

namespace longhaul {
namespace {

constexpr int ping_tag = 6;

/// What carries the bytes, as far as the library was told; it tells nobody what it chose.
std::string transport() {
#if defined(OPEN_MPI)
  for (const char* layer : {"pml", "btl"})
    if (const char* chosen = std::getenv(fmt::format("OMPI_MCA_{}", layer).c_str()))
      if (layer == std::string("btl") || chosen != std::string("ob1")) return fmt::format("{} {}", layer, chosen);
#endif
  return "transport library-chosen";
}

MpiOptions checked(MpiOptions options) {
  if (options.chunk_elements < 1 || options.chunk_elements > INT_MAX)
    throw UsageError("a chunk of {} elements; expected 1 to {}", options.chunk_elements, INT_MAX);
  return options;
}

}  // namespace

struct MpiCommunicator::State {
  State(const World& world, Layout given, MpiOptions asked, Device& device)
      : options(checked(asked)),
        layout(std::move(given)),
        check(world.rank(), world.host(world.rank())),
        library(fmt::format("{}, {}", world.library(), transport())),
        all(MPI_COMM_WORLD, 0, world.rank(), check),
        hierarchy(all, layout, options, device),
        scratch(device) {}

  MpiOptions options;
  Layout layout;
  MpiCheck check;
  std::string library;
  mpi::Lane all;
  mpi::Hierarchy hierarchy;
  mpi::Scratch scratch;
};

MpiCommunicator::MpiCommunicator(const World& world, Layout layout, MpiOptions options, Device* device) {
  static HostDevice host;
  if (layout.ranks() != world.size())
    throw UsageError("a layout of {} ranks for {} MPI ranks; expected as many", layout.ranks(), world.size());
  state_ = std::make_unique<State>(world, std::move(layout), options, device != nullptr ? *device : host);
}

MpiCommunicator::~MpiCommunicator() = default;

int MpiCommunicator::rank() const { return state_->all.rank(); }
int MpiCommunicator::size() const { return state_->all.size(); }
std::string MpiCommunicator::backend() const { return "mpi"; }
std::string MpiCommunicator::library() const { return state_->library; }

void MpiCommunicator::run(const Call& call) {
  State& my = *state_;
  if (call.in_place && !has_in_place(call.operation))
    throw UsageError("{} has no in-place form", name_of(call.operation));
  if (call.algorithm == Algorithm::flat || (my.layout.site_count() == 1 && has_hierarchical(call.operation)))
    mpi::run_flat(my.all, call, my.options.chunk_elements, my.scratch);
  else if (has_hierarchical(call.operation))
    my.hierarchy.run(call);
  else
    throw UsageError("{} has no hierarchical form; expected all_reduce or all_gather, or --algorithm flat",
                     name_of(call.operation));
}

void MpiCommunicator::send(int peer, const void* data, std::size_t bytes) {
  State& my = *state_;
  mpi::in_pieces(bytes, my.options.chunk_elements, [&](std::size_t at, int length) {
    my.check(MPI_Send(static_cast<const std::byte*>(data) + at, length, MPI_BYTE, peer, ping_tag, my.all.comm()),
             "MPI_Send");
  });
}

void MpiCommunicator::receive(int peer, void* data, std::size_t bytes) {
  State& my = *state_;
  mpi::in_pieces(bytes, my.options.chunk_elements, [&](std::size_t at, int length) {
    my.check(MPI_Recv(static_cast<std::byte*>(data) + at, length, MPI_BYTE, peer, ping_tag, my.all.comm(),
                      MPI_STATUS_IGNORE),
             "MPI_Recv");
  });
}

}  // namespace longhaul
