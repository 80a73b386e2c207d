#pragma once
#include <sys/socket.h>

#include <string>
#include <vector>

namespace longhaul::net {

/// A network interface that connections may use.
struct Interface {
  std::string name;
  std::string pci_path;  ///< its device's folder in /sys; empty for a virtual one
  int speed = 0;         ///< Mbit/s; 10,000 where the kernel does not know, as NCCL assumes
  sockaddr_storage address{};
};

/// Interfaces that are up and have an address, IPv4 before IPv6; loopback and docker's only where there is no other.
/// @param choice  NCCL_SOCKET_IFNAME's form: "eth,ib" names that begin so, "=eth0" exactly, "^docker" all but those
std::vector<Interface> find_interfaces(const std::string& choice);

/// Whether a name is chosen.
bool is_chosen(const std::string& name, const std::string& choice);

}  // namespace longhaul::net
