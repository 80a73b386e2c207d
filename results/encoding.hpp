#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "results/tables.hpp"

namespace longhaul {

/// One HDF5 file of ours: which it is, and the rows in it.
struct Contents {
  std::string file_id;        ///< random; a part carries that of the file it belongs to
  std::string created;        ///< ISO 8601, UTC
  std::int64_t sequence = 0;  ///< of a part: its number, from 1; of a file: the last part that is joined into it
  Results results;
};

/// The whole file as docs/format.md describes it, dimensions, attributes and /curves included.
std::vector<std::byte> encode_file(const Contents& contents);

/// Absent when there is no such file (any more).
/// @throws UsageError when it is empty, no HDF5 file, truncated, of a newer schema, or lacks what it must have
/// @throws EnvironmentError when it may not be read
std::optional<Contents> decode_file(const std::filesystem::path& path);

}  // namespace longhaul
