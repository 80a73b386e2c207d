#include "harness/interrupt.hpp"

#include <csignal>
#include <initializer_list>

namespace longhaul {
namespace {
volatile std::sig_atomic_t caught = 0;
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int signal) { caught = signal; };
  action.sa_flags = SA_RESTART;  // the MPI library's own system calls must not fail
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
}

int interrupt_signal() { return caught; }

}  // namespace longhaul
