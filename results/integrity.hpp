#pragma once
#include <string>

#include "results/tables.hpp"

namespace longhaul {

/// What in these rows does not hang together, for example "visit 12 belongs to launch 3, and there are 2 launches";
/// empty when every number points at a row. Code that reads results relies on it.
std::string first_inconsistency(const Results& results);

}  // namespace longhaul
