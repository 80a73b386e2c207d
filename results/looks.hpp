#pragma once
#include <cstddef>
#include <filesystem>

#include "results/tables.hpp"

namespace longhaul {

/// How often a run has been judged as it grew. Measuring on until a gate passes would make it pass by chance, so each
/// state of a run that was judged is written down, in RUN.h5.looks: a line a number of visits. Judging the same state
/// again is no new look.
///
/// @return 1 for the first look, and so on
/// @throws EnvironmentError when the look cannot be written down
int count_look(const std::filesystem::path& run, std::size_t visits);

/// Where looks at a run are written down.
std::filesystem::path looks_path(const std::filesystem::path& run);

}  // namespace longhaul
