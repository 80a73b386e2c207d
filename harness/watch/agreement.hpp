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

/// Runs `make` on every rank; where it throws on any, rank 0 tells of the first and all end.
template <class Make>
auto on_every_rank(World& world, const Make& make) {
  decltype(make()) made{};
  std::string failure;
  int code = 0;
  try {
    made = make();
  } catch (const Error& error) {
    failure = error.what();
    code = static_cast<int>(error.exit_code());
  }
  if (!world.any(code != 0)) return made;
  const auto codes = world.gather(code);
  const auto failures = world.gather(failure);
  for (std::size_t rank = 0; rank < codes.size(); ++rank) {
    if (codes[rank] == 0) continue;
    code = codes[rank];
    fmt::print(stderr, "longhaul: rank {} ({}): {}\n", rank, world.host(static_cast<int>(rank)), failures[rank]);
    std::fflush(stderr);
    break;
  }
  throw AlreadyTold(static_cast<ExitCode>(world.broadcast(code)));
}

}  // namespace longhaul
