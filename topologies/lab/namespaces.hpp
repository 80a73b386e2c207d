#pragma once
#include <string>
#include <utility>
#include <vector>

#include "topologies/lab/fd.hpp"

namespace longhaul {

/// The namespaces that make a host or a site. They live as long as something runs in them or holds these.
struct Place {
  Fd net, uts, ipc, mnt;
};

/// This process's own.
Place current_place();
/// Those of another process.
Place place_of(int pid);

/// Moves this process (it must have one thread) into the place's namespaces; keeps the working folder.
void enter(const Place& place);
/// Moves only the network.
void enter_network(const Place& place);

/// Brings up this namespace's settings: name below /proc/sys/net, value. Settings that this kernel lacks are left.
void apply_settings(const std::vector<std::pair<std::string, std::string>>& settings);

/// Makes this process root of the user namespace it has just been put into: the one user becomes uid 0 inside.
void map_user_to_root(unsigned outer_user, unsigned outer_group);

/// mount(2) that throws EnvironmentError.
void mount_at(const std::string& source, const std::string& target, const char* type, unsigned long flags,
              const char* options = nullptr);

}  // namespace longhaul
