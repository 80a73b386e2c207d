#pragma once
#include <string>

#include "results/tables.hpp"

namespace longhaul {

/// launches, ranks, wan and points as objects whose keys are the columns' names, and of each point `flags`: the names
/// of the marks that any visit has. Unknown numbers are null, columns that say no or yes are booleans. See
/// docs/format.md.
std::string json_text(const Results& results);

}  // namespace longhaul
