#include "topologies/lab/tun.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cstring>

namespace longhaul {

Fd open_tun(const std::string& name) {
  auto tun = open_file("/dev/net/tun", O_RDWR | O_NONBLOCK);
  ifreq request{};
  std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
  checked(::ioctl(tun.get(), TUNSETIFF, &request), "make the TUN device " + name);
  const int header_size = sizeof(OffloadHeader);
  checked(::ioctl(tun.get(), TUNSETVNETHDRSZ, &header_size), "set the offload header of a TUN device");
  unsigned long offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
#ifdef TUN_F_USO4
  if (::ioctl(tun.get(), TUNSETOFFLOAD, offloads | TUN_F_USO4 | TUN_F_USO6) == 0) return tun;  // from Linux 6.2
#endif
  checked(::ioctl(tun.get(), TUNSETOFFLOAD, offloads), "set the offloads of a TUN device");
  return tun;
}

}  // namespace longhaul
