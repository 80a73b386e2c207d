#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace longhaul {

/// Replace FILE by these bytes so that a crash at any moment leaves the old one or the new one: written aside as
/// temporary_of(FILE), fsynced, renamed, folder fsynced. One writer at a time.
/// @throws EnvironmentError naming the path, the system's reason and what to do; no temporary file remains
void write_durably(const std::filesystem::path& file, std::span<const std::byte> bytes);

/// Make a folder, unless it is there, so that it outlives a crash.
/// @throws EnvironmentError as write_durably
void make_folder_durably(const std::filesystem::path& folder);

/// ".FILE.tmp" in the same folder: what a killed write_durably leaves behind.
std::filesystem::path temporary_of(const std::filesystem::path& file);

/// The folder of FILE, "." for a bare name.
std::filesystem::path folder_of(const std::filesystem::path& file);

/// What a person can do about the errno of a failed write.
std::string remedy(int error, const std::filesystem::path& path);

}  // namespace longhaul
