#pragma once
#include <string>

#include "results/tables.hpp"
#include "topologies/text_table.hpp"

namespace longhaul {

/// The terminal's tables as GitHub-flavoured Markdown.
std::string markdown(const Results& results);

/// A table in Markdown, cells escaped.
std::string markdown_table(const TextTable& table);

}  // namespace longhaul
