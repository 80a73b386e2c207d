// What the harness adds to a call: MPI_Allreduce in a bare loop, and a sample of throughput mode, in turns.
//
//   mpirun -np 2 longhaul_communicator_overhead [BYTES] [CALLS] [TURNS]
//
// Prints the median time of each and the median of the ratios of neighbouring turns with its extremes.
#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <vector>

#include "collectives/host_device.hpp"
#include "collectives/mpi/communicator.hpp"
#include "harness/sampler.hpp"

namespace longhaul {
namespace {

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Microseconds of one MPI_Allreduce, the mean over `calls` back to back and over ranks.
double time_bare(World& world, MPI_Comm ranks, const Call& call, int calls) {
  world.barrier();
  const double begin = MPI_Wtime();
  for (int i = 0; i < calls; ++i)
    MPI_Allreduce(call.send, call.receive, static_cast<int>(call.count), MPI_FLOAT, MPI_SUM, ranks);
  double time = (MPI_Wtime() - begin) / calls * 1e6 / world.size();
  MPI_Allreduce(MPI_IN_PLACE, &time, 1, MPI_DOUBLE, MPI_SUM, ranks);
  return time;
}

void compare(World& world, std::uint64_t bytes, int calls, int turns) {
  MpiCommunicator communicator(world, layout_of(std::vector<int>(static_cast<std::size_t>(world.size()), 0)));
  MPI_Comm bare_ranks = MPI_COMM_NULL;
  MPI_Comm_dup(MPI_COMM_WORLD, &bare_ranks);
  HostDevice device;
  Point point;
  point.size = {bytes};
  point.ranks = world.size();
  const Buffers buffers = device.allocate(point, world.rank());
  device.fill(point, buffers, world.rank(), 0);
  Call call;
  call.send = buffers.send;
  call.receive = buffers.receive;
  call.count = buffers.counts.count;

  const TimeSource time;
  Progress progress;
  const Bench bench{world, communicator, time, progress};
  const auto bare = [&] { return time_bare(world, bare_ranks, call, calls); };
  const auto ours = [&] { return 1e6 * world.broadcast(time_throughput(bench, call, calls, bytes).sample.duration); };
  std::vector<double> bare_times, our_times, ratios;
  bare();
  ours();
  for (int turn = 0; turn < turns; ++turn) {
    const bool first = turn % 2 == 0;  // whoever goes second finds the caches warmer
    const double one = first ? bare() : ours();
    const double other = first ? ours() : bare();
    bare_times.push_back(first ? one : other);
    our_times.push_back(first ? other : one);
    ratios.push_back(our_times.back() / bare_times.back());
  }
  MPI_Comm_free(&bare_ranks);
  if (world.rank() != 0) return;
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  fmt::print("{} B, {} ranks, {} turns of {} calls: MPI_Allreduce {:.3f} µs, throughput mode {:.3f} µs, ", bytes,
             world.size(), turns, calls, median(bare_times), median(our_times));
  fmt::print("ratio {:.3f} ({:.3f} to {:.3f})\n", median(ratios), *least, *most);
}

}  // namespace
}  // namespace longhaul

int main(int argc, char** argv) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  const auto number = [&](std::size_t at, int otherwise) {
    return at < arguments.size() ? std::atoi(arguments[at]) : otherwise;
  };
  longhaul::World world;
  longhaul::compare(world, static_cast<std::uint64_t>(number(1, 16)), number(2, 20000), number(3, 31));
}
