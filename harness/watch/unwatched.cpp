#include "harness/watch/unwatched.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "harness/watch/phase.hpp"
#include "topologies/error.hpp"

namespace longhaul {

Unwatched::Unwatched(const World& world, const std::string& stretch, Duration limit)
    : watchdog_(progress_, limit,
                [text = fmt::format("longhaul: rank {} ({}): {} has taken {}; a host, its network or its disk hangs\n",
                                    world.rank(), world.host(world.rank()), stretch, format_duration(limit))](auto&) {
                  fmt::print(stderr, "{}", text);
                  std::fflush(stderr);
                  std::_Exit(static_cast<int>(ExitCode::hung));  // MPI calls belong to the main thread
                }) {
  enter(progress_, Phase::set_up);
  progress_.state.store(Progress::entered);
}

}  // namespace longhaul
