#pragma once
#include "harness/watch/host_board.hpp"

namespace longhaul {

/// Ends a host's ranks: by the order to, with this code, and within seconds by a kill whoever cannot obey it.
void end_ranks(HostBoard& board, int code);

}  // namespace longhaul
