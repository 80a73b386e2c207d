#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "topologies/lab/fd.hpp"
#include "topologies/lab/lab.hpp"

namespace longhaul {

/// A lab's folder, held by a lock for as long as its owner lives: who can take the lock knows that the lab is gone,
/// whatever ended it and in whatever PID namespace it ran.
class StateFolder {
 public:
  /// Makes lab-XXXXXX below the user's state folder, 0700.
  /// @throws EnvironmentError
  StateFolder();
  /// Removes it with all that it holds.
  ~StateFolder();
  StateFolder(const StateFolder&) = delete;
  StateFolder& operator=(const StateFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string id() const { return path_.filename(); }

 private:
  std::filesystem::path path_;
  Fd lock_;
};

/// Where this user's labs have their folders: /run/longhaul for root, else $XDG_RUNTIME_DIR/longhaul, else
/// /tmp/longhaul-<uid>. Made 0700 when missing.
/// @throws EnvironmentError when another user owns it or may look into it
std::filesystem::path state_root();

/// Folders of labs that live.
std::vector<std::filesystem::path> live_labs();

std::filesystem::path control_socket(const std::filesystem::path& folder);

/// What lab.json keeps beside the fabric: how to get into the hosts. The lab's first process holds each host's
/// namespaces open under these numbers (network, host name, IPC, mounts), in order of LabFabric::hosts.
struct HostDoors {
  int outer_pid = 0;                ///< of the lab's first process, seen from where the lab was started
  unsigned long pid_namespace = 0;  ///< inode of the lab's PID namespace: tells whether we are inside
  struct Door {
    int net = -1, uts = -1, ipc = -1, mnt = -1;
  };
  std::vector<Door> doors;
};

void write_fabric(const LabFabric& fabric, const HostDoors& doors);
/// @throws EnvironmentError when there is no readable lab.json
LabFabric read_fabric(const std::filesystem::path& folder);
HostDoors read_doors(const std::filesystem::path& folder);

}  // namespace longhaul
