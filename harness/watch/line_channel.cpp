#include "harness/watch/line_channel.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>

#include "topologies/error.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

constexpr int kBacklog = 1024;
constexpr int kSendPatience = 500;  // ms

void make_prompt(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  const int large = 1 << 20;  // a host's report in one go
  ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
  ::fcntl(socket, F_SETFL, O_NONBLOCK);
}

/// A connection under way.
Fd begin_to_connect(const NetAddress& address) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) != 0) return Fd{};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Fd socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return Fd{};
  if (::connect(socket.get(), found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS) return Fd{};
  return socket;
}

bool is_connected(int socket) {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0;
}

/// All addresses at once; whichever answers first.
Fd first_to_answer(const std::vector<NetAddress>& addresses, Duration patience) {
  std::vector<Fd> sockets;
  for (const auto& address : addresses)
    if (auto socket = begin_to_connect(address)) sockets.push_back(std::move(socket));
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!sockets.empty()) {
    std::vector<pollfd> polled;
    for (const auto& socket : sockets) polled.push_back({socket.get(), POLLOUT, 0});
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0 || ::poll(polled.data(), polled.size(), static_cast<int>(left)) <= 0) return Fd{};
    for (std::size_t i = polled.size(); i-- > 0;) {
      if (polled[i].revents == 0) continue;
      if (is_connected(sockets[i].get())) return std::move(sockets[i]);
      sockets.erase(sockets.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  return Fd{};
}

bool takes_more(int socket) {
  pollfd polled{socket, POLLOUT, 0};
  return ::poll(&polled, 1, kSendPatience) == 1;
}

}  // namespace

LineChannel::LineChannel(Fd socket) : socket_(std::move(socket)) { make_prompt(socket_.get()); }

void LineChannel::send(const std::string& line) {
  const auto text = line + "\n";
  for (std::size_t sent = 0; sent < text.size();) {
    const auto now = ::send(socket_.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (now < 0 && errno == EINTR) continue;
    if (now < 0 && errno == EAGAIN && takes_more(socket_.get())) continue;
    if (now < 0) {
      open_ = false;  // half a line must not become the beginning of the next
      return;
    }
    sent += static_cast<std::size_t>(now);
  }
}

std::vector<std::string> LineChannel::receive() {
  char buffer[65536];
  for (;;) {
    const auto got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || (got < 0 && errno != EAGAIN)) open_ = false;
    if (got <= 0) break;
    received_.append(buffer, static_cast<std::size_t>(got));
    if (received_.size() > longest_) {
      open_ = false;
      break;
    }
  }
  std::vector<std::string> lines;
  for (auto end = received_.find('\n'); end != std::string::npos; end = received_.find('\n')) {
    lines.push_back(received_.substr(0, end));
    received_.erase(0, end + 1);
  }
  return lines;
}

Listener listen_anywhere() {
  Fd socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_storage address{};
  address.ss_family = AF_INET6;
  if (socket) {
    const int off = 0;
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);  // IPv4 as well
  } else {
    socket = Fd(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "open a socket"));
    address.ss_family = AF_INET;
  }
  auto* const place = reinterpret_cast<sockaddr*>(&address);  // all zeros: any address, any port
  socklen_t length = address.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  checked(::bind(socket.get(), place, length), "bind a socket");
  checked(::listen(socket.get(), kBacklog), "listen on a socket");
  checked(::getsockname(socket.get(), place, &length), "ask a socket for its port");
  const auto port = address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                                                  : reinterpret_cast<const sockaddr_in*>(&address)->sin_port;
  return {std::move(socket), ntohs(port)};
}

std::optional<LineChannel> accept_from(const Fd& listener) {
  Fd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return std::nullopt;
  return LineChannel(std::move(socket));
}

std::optional<LineChannel> connect_to(const std::vector<NetAddress>& addresses, Duration patience) {
  auto socket = first_to_answer(addresses, patience);
  if (!socket) return std::nullopt;
  return LineChannel(std::move(socket));
}

double time_to_connect(const std::vector<NetAddress>& addresses, Duration patience) {
  const auto begin = std::chrono::steady_clock::now();
  const auto socket = first_to_answer(addresses, patience);
  return socket ? seconds(std::chrono::steady_clock::now() - begin) : -1;
}

std::vector<std::string> own_addresses() {
  ifaddrs* all = nullptr;
  checked(::getifaddrs(&all), "list this host's addresses");
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(all, &::freeifaddrs);
  std::vector<std::string> found, loopback;
  for (const auto* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || (each->ifa_flags & IFF_UP) == 0) continue;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    char text[NI_MAXHOST];
    const auto length = static_cast<socklen_t>(family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    if (::getnameinfo(each->ifa_addr, length, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) continue;
    const std::string address = text;
    if (address.find('%') != std::string::npos) continue;  // link-local: means nothing without its interface
    ((each->ifa_flags & IFF_LOOPBACK) != 0 ? loopback : found).push_back(address);
  }
  return found.empty() ? loopback : found;
}

std::string addresses_text(int port) {
  std::string text;
  for (const auto& address : own_addresses()) text += address + " ";
  return text + std::to_string(port);
}

std::vector<NetAddress> addresses_of(const std::string& text) {
  auto words = split(text, ' ');
  const int port = std::stoi(words.back());
  words.pop_back();
  std::vector<NetAddress> addresses;
  for (const auto& word : words) addresses.push_back({word, port});
  return addresses;
}

}  // namespace longhaul
