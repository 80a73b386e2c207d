#pragma once
#include <filesystem>
#include <string>

namespace longhaul {

/// The running program's own file.
std::filesystem::path program_path();

/// Read-only files that come with the program: <program>/../share/longhaul, the same in the build tree and installed.
std::filesystem::path share_folder();

/// A file by its path, or by the name of a YAML file in a folder of share_folder(): shared_file("plan", "plans",
/// "quickstart"). What is a name of ours is that, whatever lies in the working folder; "./quickstart" is a path.
/// @throws UsageError when it looks like a name and there is neither; lists the names
std::filesystem::path shared_file(const std::string& what, const std::string& folder, const std::string& name_or_path);

}  // namespace longhaul
