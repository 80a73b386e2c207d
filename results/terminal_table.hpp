#pragma once
#include <string>

#include "results/tables.hpp"

namespace longhaul {

/// All points for a terminal: what was measured where, an aligned table a series, how many points converged.
std::string terminal_table(const Results& results);

}  // namespace longhaul
