#pragma once
#include <string>
#include <vector>

#include "harness/interface.hpp"

namespace longhaul {

/// What may stand where the cursor is.
///
/// @param program  the whole program
/// @param words    the words after the program's name; the last is the one being typed, "" after a blank. Shells that
///                 split "--size=4KiB" into three words (bash) and those that don't may both call this.
/// @return whole words, each starting with what is typed; empty where the shell should offer files
std::vector<std::string> complete(const VerbText& program, std::vector<std::string> words);

}  // namespace longhaul
