#pragma once
#include <string>
#include <vector>

#include "topologies/lab/fd.hpp"
#include "topologies/lab/lab.hpp"
#include "topologies/lab/scale.hpp"

namespace longhaul {

/// What the lab's first process is given.
struct InitOrders {
  LabFabric fabric;
  Scale scale;
  PrepareLaunch prepare;
  std::vector<std::string> command;
  bool map_user = false;         ///< whether it was put into a user namespace
  unsigned user = 0, group = 0;  ///< outside
};

/// What it says to its supervisor before it ends or starts waiting: one line each.
/// "up" once the command runs; "fault CODE TEXT" when the lab cannot be built or breaks.
inline constexpr const char* kUp = "up";
inline constexpr const char* kFault = "fault";

/// The lab's first process, PID 1 of its namespaces: builds the fabric, starts the emulator and the command, adopts
/// orphans, passes signals on, and ends with the command's exit code; all else in the lab ends with it.
/// @param report    where it speaks to the supervisor
/// @param lifeline  closes when the supervisor is gone
[[noreturn]] void run_init(const InitOrders& orders, Fd report, Fd lifeline);

}  // namespace longhaul
