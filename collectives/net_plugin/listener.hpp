#pragma once
#include <list>
#include <memory>
#include <vector>

#include "collectives/net_plugin/interfaces.hpp"
#include "collectives/net_plugin/socket.hpp"
#include "collectives/net_plugin/wire.hpp"

namespace longhaul::net {

/// The sockets of a connection, in order, and who is at the other end.
struct Joined {
  std::vector<Socket> sockets;
  Hello hello;
};

/// Waits for connections on one interface. Whoever does not know the handle's cookie is turned away; it harms nobody.
class Listener {
 public:
  Listener(const Interface& interface, int site, Time patience);

  const Handle& handle() const { return handle_; }
  /// A connection all of whose sockets have come, if there is one. Never blocks.
  std::unique_ptr<Joined> accept();

 private:
  struct Newcomer {
    Socket socket;
    Time came{};
    std::array<std::byte, sizeof(Hello)> hello{};
    std::size_t got = 0;
    bool welcome = false;
  };
  bool listen_to(Newcomer& newcomer) const;
  std::unique_ptr<Joined> join(std::uint64_t connection);

  Socket socket_;
  Handle handle_;
  Time patience_;
  std::list<Newcomer> newcomers_;
};

/// Connects to a handle, socket by socket.
class Connector {
 public:
  Connector(const Handle& handle, const Interface& from, int site, bool acknowledged, std::uint32_t sockets,
            Time patience);

  /// The connection, once it stands. Never blocks. @throws Failure when refused, or after `patience`
  std::unique_ptr<Joined> connect();

 private:
  std::unique_ptr<Joined> joined_;
  std::size_t greeted_ = 0;  ///< sockets whose Hello has gone
  Time begun_, patience_;
};

}  // namespace longhaul::net
