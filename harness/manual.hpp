#pragma once
#include <string>

#include "harness/interface.hpp"

namespace longhaul {

/// The manual page longhaul(1) in the man macros of roff, made from the program's own options so that it cannot go
/// stale.
std::string manual_page(const VerbText& program, const std::string& version);

}  // namespace longhaul
