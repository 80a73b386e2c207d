#pragma once
#include <string>

#include "results/tables.hpp"

namespace longhaul {

/// The terminal's tables as GitHub-flavoured Markdown.
std::string markdown(const Results& results);

}  // namespace longhaul
