#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

namespace longhaul {

/// The length that an HDF5 file's superblock gives itself; absent where there is none that we know (versions 0 to 3).
/// Source: The HDF Group, HDF5 File Format Specification 3.0, II.A. Why: the library may loop for ever in a file from
/// which bytes went missing (1.10.8), so that must be seen before it reads; a checksum is not always there to tell.
std::optional<std::uint64_t> stated_length(const std::filesystem::path& file);

}  // namespace longhaul
