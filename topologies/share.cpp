#include "topologies/share.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>
#include <vector>

#include "topologies/error.hpp"
#include "topologies/nearest.hpp"

namespace longhaul {

std::filesystem::path program_path() {
  std::error_code fault;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", fault);
  if (fault) throw EnvironmentError("cannot read /proc/self/exe: {}; is /proc mounted?", fault.message());
  return path;
}

std::filesystem::path shared_file(const std::string& what, const std::string& folder, const std::string& name_or_path) {
  auto ready = share_folder() / folder / (name_or_path + ".yaml");
  if (name_or_path.find_first_of("/.") != std::string::npos) return name_or_path;
  if (std::filesystem::exists(ready)) return ready;
  if (std::filesystem::exists(name_or_path)) return name_or_path;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(ready.parent_path()))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
  std::ranges::sort(names);
  throw UsageError("there is no {} '{}'; {}expected the path of a file or one of {}", what, name_or_path,
                   did_you_mean(name_or_path, names), fmt::join(names, ", "));
}

std::filesystem::path share_folder() { return program_path().parent_path().parent_path() / "share" / "longhaul"; }

}  // namespace longhaul
