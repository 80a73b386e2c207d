#pragma once
#include <cstddef>
#include <string>

namespace longhaul {

/// All of a small file that a person wrote.
/// @throws UsageError when it cannot be read or is larger than `limit` bytes
std::string read_text_file(const std::string& path, std::size_t limit);

}  // namespace longhaul
