#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "collectives/mpi/world.hpp"
#include "collectives/progress.hpp"
#include "topologies/error.hpp"

namespace longhaul {

/// What one rank knows of its end; trivially copyable.
struct LastWord {
  std::int32_t code = 0;       ///< ExitCode; done: it had no part in what went wrong
  std::uint64_t sequence = 0;  ///< collectives entered
  double spent = 0;            ///< seconds in the last of them
  char where[120] = {};        ///< "all_reduce #7 (64 KiB)"; empty before the first
  char reason[400] = {};
};

/// A rank's communicator has failed: tells the other ranks over MPI, hears them for a second, and the lowest rank that
/// is left says what happened to whom, who did not answer and who is behind. Ends in AlreadyTold with one code for all.
/// @param progress  this rank's; null in set-up
/// @param places    each rank's device, by rank; see Backend::places
/// @param kept      called once the others have been heard: where finished visits are; empty when there are none yet
[[noreturn]] void tell_last_words(World& world, const Progress* progress, const std::vector<std::string>& places,
                                  const Error& error, const std::function<std::string()>& kept);

/// "gpu-b07, 0000:1b:00.0", or the host alone where a rank has no device of its own.
std::string host_and_device(const std::string& host, const std::string& device);

/// The text, and the code that all end with. Pure.
/// @param words   by rank; nullopt: not heard
/// @param places  by rank: host and device
struct Obituary {
  ExitCode code = ExitCode::hung;
  std::string text;
};
Obituary obituary(const std::vector<std::optional<LastWord>>& words, const std::vector<std::string>& places,
                  const std::string& kept);

/// "0-2,5"
std::string rank_list(const std::vector<int>& ranks);

}  // namespace longhaul
