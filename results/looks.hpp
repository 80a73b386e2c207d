#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "results/tables.hpp"

namespace longhaul {

/// How often what is measured into a file has been judged. Measuring on, or anew, until a gate passes would make it
/// pass by chance, so each measurement that was judged is written down in RUN.h5.looks, which outlives the file: a line
/// a look, "NUMBER STATE". Judging the same measurement again is no new look, in whatever order its files are given.
/// Several files go on counting from all of their ledgers, and the look is written to each.
///
/// @param run  what the files hold together
/// @return 1 for the first look, and so on
/// @throws EnvironmentError when the look cannot be written down
int count_look(const std::vector<std::filesystem::path>& files, const Results& run);

/// What tells this measurement from any other: a hash of its launches' ids and of its visits, whatever their order.
std::string state_of(const Results& run);

/// Where looks at a run are written down.
std::filesystem::path looks_path(const std::filesystem::path& run);

}  // namespace longhaul
