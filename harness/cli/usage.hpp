#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace longhaul {

/// What is wrong with a command line, in words that name what was meant: a mistyped verb or option with the nearest
/// there is, an argument too many, a value that is missing; and where to read on.
/// @param words  the command line without the program
std::string usage_message(const CLI::App& program, const CLI::ParseError& error, const std::vector<std::string>& words);

}  // namespace longhaul
