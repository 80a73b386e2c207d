#include "topologies/lab/control_server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "topologies/error.hpp"
#include "topologies/lab/socket_address.hpp"

namespace longhaul {

Fd listen_at(const std::filesystem::path& socket) {
  Fd listener(checked(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "make a unix socket"));
  const auto address = socket_address(socket);
  const auto old_mask = ::umask(0177);
  const int bound = ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(old_mask);
  checked(bound, "bind " + socket.string());
  constexpr int kBacklog = 16;
  checked(::listen(listener.get(), kBacklog), "listen at " + socket.string());
  return listener;
}

void ControlServer::watch(std::vector<pollfd>& polled) const {
  polled.push_back({listener_.get(), POLLIN, 0});
  for (const auto& client : clients_) polled.push_back({client.fd.get(), POLLIN, 0});
}

void ControlServer::serve(const pollfd* polled, const Handler& handler) {
  const bool newcomer = polled->revents != 0;
  for (auto client = clients_.begin(); client != clients_.end();) {
    ++polled;
    const bool gone = polled->revents != 0 && !serve_client(*client, handler);
    client = gone ? clients_.erase(client) : std::next(client);
  }
  if (newcomer) accept_client();
}

void ControlServer::accept_client() {
  const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0) clients_.push_back({Fd(fd), {}});
}

bool ControlServer::serve_client(Client& client, const Handler& handler) {
  char buffer[65536];
  const auto got = ::read(client.fd.get(), buffer, sizeof buffer);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  client.reader.add({buffer, static_cast<std::size_t>(got)});
  try {
    while (const auto request = client.reader.next()) {
      const auto reply = framed(handler(*request));
      // One who asks without reading fills its socket, and has lost the thread of its answers.
      if (::send(client.fd.get(), reply.data(), reply.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(reply.size()))
        return false;
    }
  } catch (const Error&) {
    return false;
  }
  return true;
}

}  // namespace longhaul
