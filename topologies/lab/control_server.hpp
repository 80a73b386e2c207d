#pragma once
#include <poll.h>

#include <filesystem>
#include <functional>
#include <list>
#include <string>
#include <vector>

#include "topologies/lab/control_protocol.hpp"
#include "topologies/lab/fd.hpp"

namespace longhaul {

/// Listens on a unix socket that only this user may use.
/// @throws EnvironmentError
Fd listen_at(const std::filesystem::path& socket);

/// The emulator's side of the control socket, for a loop that polls: never blocks. A client that sends garbage, or does
/// not take its answers, is cut off.
class ControlServer {
 public:
  using Handler = std::function<std::string(const std::string& request)>;

  explicit ControlServer(Fd listener) : listener_(std::move(listener)) {}

  /// Appends what to poll for.
  void watch(std::vector<pollfd>& polled) const;
  /// Serves what poll found; `polled` as watch() appended it.
  void serve(const pollfd* polled, const Handler& handler);

 private:
  struct Client {
    Fd fd;
    FrameReader reader;
  };
  void accept_client();
  /// @return false when the client is gone
  static bool serve_client(Client& client, const Handler& handler);

  Fd listener_;
  std::list<Client> clients_;
};

}  // namespace longhaul
