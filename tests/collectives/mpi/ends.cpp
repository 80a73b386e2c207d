// Ways in which a rank may leave the others in the middle of their collectives: mpirun -np 3 mpi_ends kill|throw|abort
#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <string>

#include "collectives/mpi/communicator.hpp"
#include "collectives/mpi/world.hpp"

namespace longhaul {
namespace {

void leave(World& world, const std::string& how) {
  if (how == "kill") std::raise(SIGKILL);
  if (how == "throw") throw EnvironmentError("rank {} has had enough", world.rank());
  if (how == "abort") world.abort(ExitCode::wrong_data);
  throw UsageError("'{}' is no way to end; expected kill, throw or abort", how);
}

/// Ranks reduce for ever; the last one leaves after a while.
int run(const std::string& how) {
  World world;
  MpiCommunicator communicator(world, layout_of(std::vector<int>(static_cast<std::size_t>(world.size()), 0)));
  std::array<float, 4> send{}, receive{};
  Call call;
  call.send = send.data();
  call.receive = receive.data();
  call.count = send.size();
  for (int i = 0;; ++i) {
    if (i == 100 && world.rank() == world.size() - 1) leave(world, how);
    communicator.run(call);
  }
}

}  // namespace
}  // namespace longhaul

int main(int argc, char** argv) {
  try {
    return longhaul::run(argc > 1 ? argv[1] : "");
  } catch (const longhaul::Error& error) {
    fmt::print(stderr, "longhaul: {}\n", error.what());
    return static_cast<int>(error.exit_code());
  }
}
