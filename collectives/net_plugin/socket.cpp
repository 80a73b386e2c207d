#include "collectives/net_plugin/socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <tuple>
#include <utility>

#include "collectives/net_plugin/failure.hpp"

namespace longhaul::net {
namespace {

Time clock_time(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + Time(time.tv_nsec);
}

socklen_t length_of(const sockaddr_storage& address) {
  return address.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

std::string text_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET6) {
    const auto& inet6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &inet6.sin6_addr, text.data(), text.size());
    return "[" + std::string(text.data()) + "]:" + std::to_string(ntohs(inet6.sin6_port));
  }
  const auto& inet = reinterpret_cast<const sockaddr_in&>(address);
  ::inet_ntop(AF_INET, &inet.sin_addr, text.data(), text.size());
  return std::string(text.data()) + ":" + std::to_string(ntohs(inet.sin_port));
}

[[noreturn]] void fail(const std::string& what, int error = errno) {
  throw Failure{system_error, what + ": " + std::strerror(error)};
}

Socket made(const sockaddr_storage& address) {
  Socket socket(::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) fail("cannot make a socket");
  return socket;
}

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

void switch_on(int fd, int level, int option, int value = 1) { ::setsockopt(fd, level, option, &value, sizeof value); }

/// The kernel stamps with the wall clock, which may have been set meanwhile: only a stamp of the last second counts.
Time arrival_of(const msghdr& message) {
  const Time read = now();
  for (const cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(const_cast<msghdr*>(&message), const_cast<cmsghdr*>(part))) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    const Time ago = clock_time(CLOCK_REALTIME) - (std::chrono::seconds(stamp.tv_sec) + Time(stamp.tv_nsec));
    if (ago > Time::zero() && ago < std::chrono::seconds(1)) return read - ago;
  }
  return read;
}

}  // namespace

Time now() { return clock_time(CLOCK_MONOTONIC); }

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), peer_(std::move(other.peer_)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(peer_, other.peer_);
  return *this;
}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

void Socket::set_up() {
  switch_on(fd_, IPPROTO_TCP, TCP_NODELAY);
  switch_on(fd_, SOL_SOCKET, SO_TIMESTAMPNS);
  // A host that is gone says nothing: ask after 10 s of silence, three times.
  switch_on(fd_, SOL_SOCKET, SO_KEEPALIVE);
  switch_on(fd_, IPPROTO_TCP, TCP_KEEPIDLE, 10);
  switch_on(fd_, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  switch_on(fd_, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

Socket Socket::listening(const sockaddr_storage& address) {
  auto socket = made(address);
  if (::bind(socket.fd_, reinterpret_cast<const sockaddr*>(&address), length_of(address)) != 0)
    fail("cannot bind to " + text_of(address));
  if (::listen(socket.fd_, SOMAXCONN) != 0) fail("cannot listen on " + text_of(address));
  return socket;
}

Socket Socket::connecting(const sockaddr_storage& from, const sockaddr_storage& to) {
  auto socket = made(to);
  socket.peer_ = text_of(to);
  if (from.ss_family == to.ss_family)  // from the interface that was asked for, where it can reach the other
    std::ignore = ::bind(socket.fd_, reinterpret_cast<const sockaddr*>(&from), length_of(from));
  socket.set_up();
  if (::connect(socket.fd_, reinterpret_cast<const sockaddr*>(&to), length_of(to)) != 0 && errno != EINPROGRESS)
    fail("cannot connect to " + socket.peer_);
  return socket;
}

std::optional<Socket> Socket::accept() {
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  Socket socket(::accept4(fd_, reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket) {
    if (would_block(errno) || errno == ECONNABORTED) return std::nullopt;
    fail("cannot accept a connection");
  }
  socket.peer_ = text_of(from);
  socket.set_up();
  return socket;
}

bool Socket::connected() const {
  pollfd state{fd_, POLLOUT, 0};
  if (::poll(&state, 1, 0) <= 0) return false;
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) fail("cannot connect to " + peer_, error);
  return true;
}

void Socket::address(sockaddr_storage& into) const {
  socklen_t length = sizeof into;
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&into), &length);
}

std::size_t Socket::send(std::span<const std::byte> bytes) {
  const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (would_block(errno)) return 0;
  throw Failure{remote_error, "lost " + peer_ + " while sending: " + std::strerror(errno)};
}

std::size_t Socket::receive(std::span<std::byte> bytes, Time& arrived) {
  iovec part{bytes.data(), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const auto got = ::recvmsg(fd_, &message, 0);
  if (got > 0) {
    arrived = arrival_of(message);
    return static_cast<std::size_t>(got);
  }
  if (got < 0 && would_block(errno)) return 0;
  if (got == 0) throw Failure{remote_error, peer_ + " has closed the connection"};
  throw Failure{remote_error, "lost " + peer_ + " while receiving: " + std::strerror(errno)};
}

}  // namespace longhaul::net
