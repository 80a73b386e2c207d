#pragma once
#include <string>
#include <vector>

namespace longhaul {

/// One thing the lab needs of the machine, as found by trying it.
struct Requirement {
  std::string name;  ///< "network namespaces", "/dev/net/tun", …
  bool met = false;
  std::string found;   ///< what is there, or the kernel's own words
  std::string remedy;  ///< what to do where it is not met; one line, empty where another requirement comes first
  bool optional = false;
};

/// Tries each in a child process that ends at once; changes nothing on the machine.
struct LabPermissions {
  bool as_root = false;  ///< with the machine's own rights; else in a user namespace
  std::vector<Requirement> requirements;
  bool met() const;  ///< all but the optional ones
};
LabPermissions probe_lab_permissions();

/// @return where packets can wait (LabOptions::gateway)
/// @throws EnvironmentError that names the first requirement that is not met and its remedy
std::string require_lab_permissions();

/// Whether this process may make namespaces without making a user namespace first.
bool has_admin_rights();

/// Whether this process runs in a container (Docker, Podman, …), where the remedy is given from outside.
bool in_container();

}  // namespace longhaul
