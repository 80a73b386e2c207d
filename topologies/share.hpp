#pragma once
#include <filesystem>

namespace longhaul {

/// The running program's own file.
std::filesystem::path program_path();

/// Read-only files that come with the program: <program>/../share/longhaul, the same in the build tree and installed.
std::filesystem::path share_folder();

}  // namespace longhaul
