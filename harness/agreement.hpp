#pragma once
#include <fmt/format.h>

#include <cstdio>
#include <functional>
#include <string>

#include "collectives/mpi/world.hpp"
#include "topologies/error.hpp"

namespace longhaul {

/// Thrown on every rank when rank 0 has failed and has told the user: nothing more to print.
class AlreadyTold : public Error {
 public:
  explicit AlreadyTold(ExitCode code) : Error(code, "") {}
};

/// Runs `work` on rank 0; when it throws, rank 0 says why and every rank ends with that exit code. Returns rank 0's
/// text on every rank. Told before the others learn of it: the first rank to leave takes the whole job with it.
inline std::string from_rank_0(World& world, const std::function<std::string()>& work) {
  std::string text;
  auto code = ExitCode::done;
  if (world.rank() == 0) try {
      text = work();
    } catch (const Error& error) {
      fmt::print(stderr, "longhaul: {}\n", error.what());
      std::fflush(stderr);
      code = error.exit_code();
    }
  code = world.broadcast(code);
  if (code != ExitCode::done) throw AlreadyTold(code);
  return world.broadcast(std::move(text));
}

}  // namespace longhaul
