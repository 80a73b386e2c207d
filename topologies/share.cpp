#include "topologies/share.hpp"

#include <system_error>

#include "topologies/error.hpp"

namespace longhaul {

std::filesystem::path program_path() {
  std::error_code fault;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", fault);
  if (fault) throw EnvironmentError("cannot read /proc/self/exe: {}; is /proc mounted?", fault.message());
  return path;
}

std::filesystem::path share_folder() { return program_path().parent_path().parent_path() / "share" / "longhaul"; }

}  // namespace longhaul
