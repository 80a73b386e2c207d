#include "topologies/lab/socket_address.hpp"

#include <sys/socket.h>

#include <cstring>

#include "topologies/error.hpp"

namespace longhaul {

sockaddr_un socket_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto text = path.string();
  if (text.size() >= sizeof address.sun_path)
    throw EnvironmentError("the socket path {} is longer than {} bytes; set XDG_RUNTIME_DIR to a shorter folder", text,
                           sizeof address.sun_path - 1);
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

}  // namespace longhaul
