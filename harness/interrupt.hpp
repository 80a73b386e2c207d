#pragma once

namespace longhaul {

/// SIGINT, SIGTERM and SIGUSR1 ask the run to finish its visit, store it and end. Installed once, in main's thread.
void catch_interrupts();

/// The signal that asked, 0 if none has.
int interrupt_signal();

}  // namespace longhaul
