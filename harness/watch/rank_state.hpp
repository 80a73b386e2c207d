#pragma once
#include <string>

#include "harness/watch/hang_report.hpp"
#include "harness/watch/host_board.hpp"
#include "topologies/units.hpp"

namespace longhaul {

/// What the kernel says a process is doing: "running", "sleeping", "stopped", "waiting for a device", "gone".
std::string process_state(int pid);

/// The third field of /proc/PID/stat in words; "gone" for a zombie and for text that is none.
std::string state_of_stat(const std::string& stat);

/// Whether a slot's process could carry out an order: not one that is stopped or gone.
bool can_answer(const BoardSlot& slot);

/// What a slot says, without its stack.
RankReport look_at(const BoardSlot& slot, Duration now);

}  // namespace longhaul
