#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace longhaul {

/// All of a small file that a person wrote.
/// @throws UsageError when it cannot be read or is larger than `limit` bytes
std::string read_text_file(const std::string& path, std::size_t limit);

/// Writes a file that another process is to read soon; one that is to outlive a crash is written by write_durably().
/// @throws EnvironmentError naming the path and the system's reason
void write_text_file(const std::string& path, std::string_view text);

}  // namespace longhaul
