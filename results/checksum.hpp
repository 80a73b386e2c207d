#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace longhaul {

/// Sixteen bytes behind the end of the HDF5 image, "LHcrc32:" and eight hexadecimal digits: CRC-32 (zlib's) of all
/// before them. HDF5 ignores what lies behind its end and drops it when it changes the file. Why: the library may crash
/// on a damaged file (H5HG_read of 1.10.8 follows a wrong heap index), so damage must be seen before it reads.
void append_checksum(std::vector<std::byte>& image);

/// All before a checksum that matches; absent where it does not, or where there is none.
std::optional<std::span<const std::byte>> without_checksum(std::span<const std::byte> image);

enum class Checksum { matches, differs, absent };

/// Absent also where the file cannot be read: whoever opens it next says why.
Checksum verify_checksum(const std::filesystem::path& file);

}  // namespace longhaul
