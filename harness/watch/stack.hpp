#pragma once
#include <pthread.h>

#include <string>

namespace longhaul {

/// Lets stacks be taken later, within a process that may be stuck by then: loads what backtrace() needs, and installs
/// its signal handler (SIGRTMIN + 3). Once a process.
void prepare_stacks();

/// The stack of another thread of this process, a frame a line, innermost first: "libmpi.so.40 PMPI_Allreduce +0x1f2".
/// Waits half a second at most; says so where the thread does not answer.
std::string stack_of(pthread_t thread);

}  // namespace longhaul
