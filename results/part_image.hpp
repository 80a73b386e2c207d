#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

#include "results/encoding.hpp"

namespace longhaul {

/// A part: one visit and what came or changed with it. It is written between two visits while all ranks wait, so it is
/// a flat image rather than an HDF5 file of a hundred datasets (docs/performance.md, the demo), and only this program
/// reads it.
///
/// "LHpart1\n", then file_id, created, sequence and the number of tables; of each table that has rows its name, their
/// number and that of its columns; of each column its name, type and values. A text is its length (u32) and its bytes,
/// numbers are little-endian; names and types tell what to pass over. The checksum of checksum.hpp ends it.
std::vector<std::byte> encode_part(const Contents& contents);

/// Absent when there is no such file (any more).
/// @throws UsageError where it is damaged, or lacks a column that it must have
/// @throws EnvironmentError when it may not be read
std::optional<Contents> decode_part(const std::filesystem::path& path);

}  // namespace longhaul
