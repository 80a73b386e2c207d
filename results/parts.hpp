#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "results/encoding.hpp"

/// FILE.parts/: visits that are finished but not yet in FILE, a file each, numbered in the order they were written.
namespace longhaul {

std::filesystem::path parts_folder(const std::filesystem::path& file);
std::filesystem::path part_path(const std::filesystem::path& file, std::int64_t sequence);

/// Numbers of the parts there are, ascending; whatever else lies in the folder is left out.
std::vector<std::int64_t> list_parts(const std::filesystem::path& file);

/// Append the rows of a part. Visits and all that hangs on them are renumbered to follow those there are; launches,
/// points and WAN settings that are there already are replaced.
void join(Results& into, Results part);

/// FILE and its parts, each part once: those up to FILE's own sequence are in it already, those of another file_id are
/// not its parts. Needs no lock: parts are read before FILE, so one that a compaction removes meanwhile is in FILE.
/// @throws UsageError as decode_file; also when FILE is missing, or its rows do not hang together
Contents read_joined(const std::filesystem::path& file);

}  // namespace longhaul
