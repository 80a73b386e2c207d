#pragma once
#include <sys/types.h>

#include <cstddef>
#include <span>
#include <vector>

namespace longhaul {

/// How hosts and emulator take turns on the cores of one machine. Left to itself the kernel moves ranks about while
/// they are measured, and times differ by 10 % from one visit to the next for that alone.

/// The cores of host `host` of `hosts`, out of those the lab may use: as equal a share as there can be, neighbouring
/// hosts on one core where cores are fewer. The last core is the emulator's alone where there are more cores than
/// hosts.
/// @param cores  one or more
std::vector<int> host_cores(std::span<const int> cores, std::size_t host, std::size_t hosts);

/// Where the emulator runs: the last core.
std::vector<int> emulator_cores(std::span<const int> cores);

/// The cores that a process may use; 0: this one.
std::vector<int> allowed_cores(pid_t process);

/// Keeps this process, and what it will start, to these cores.
void keep_to(std::span<const int> cores);

/// This process, and what it will start, gives way after 0.1 ms instead of some 3 ms (Linux 6.12 and later; else
/// nothing happens): a rank that polls does not keep the one that has work waiting.
void take_short_turns();

}  // namespace longhaul
