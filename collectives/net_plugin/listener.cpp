#include "collectives/net_plugin/listener.hpp"

#include <netinet/in.h>
#include <sys/random.h>

#include <algorithm>
#include <cstring>

#include "collectives/net_plugin/failure.hpp"

namespace longhaul::net {
namespace {

std::uint64_t random_word() {
  std::uint64_t word = 0;
  if (::getrandom(&word, sizeof word, 0) != sizeof word) throw Failure{system_error, "getrandom failed"};
  return word;
}

sockaddr_storage any_port(sockaddr_storage address) {
  if (address.ss_family == AF_INET6)
    reinterpret_cast<sockaddr_in6&>(address).sin6_port = 0;
  else
    reinterpret_cast<sockaddr_in&>(address).sin_port = 0;
  return address;
}

void put_address(Handle& handle, const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    const auto& inet6 = reinterpret_cast<const sockaddr_in6&>(address);
    handle.is_ipv6 = 1;
    handle.port = ntohs(inet6.sin6_port);
    handle.scope = inet6.sin6_scope_id;
    std::memcpy(handle.address, &inet6.sin6_addr, sizeof inet6.sin6_addr);
  } else {
    const auto& inet = reinterpret_cast<const sockaddr_in&>(address);
    handle.port = ntohs(inet.sin_port);
    std::memcpy(handle.address, &inet.sin_addr, sizeof inet.sin_addr);
  }
}

sockaddr_storage address_of(const Handle& handle) {
  sockaddr_storage address{};
  if (handle.is_ipv6 != 0) {
    auto& inet6 = reinterpret_cast<sockaddr_in6&>(address);
    inet6.sin6_family = AF_INET6;
    inet6.sin6_port = htons(handle.port);
    inet6.sin6_scope_id = handle.scope;
    std::memcpy(&inet6.sin6_addr, handle.address, sizeof inet6.sin6_addr);
  } else {
    auto& inet = reinterpret_cast<sockaddr_in&>(address);
    inet.sin_family = AF_INET;
    inet.sin_port = htons(handle.port);
    std::memcpy(&inet.sin_addr, handle.address, sizeof inet.sin_addr);
  }
  return address;
}

}  // namespace

Listener::Listener(const Interface& interface, int site, Time patience)
    : socket_(Socket::listening(any_port(interface.address))), patience_(patience) {
  sockaddr_storage own{};
  socket_.address(own);
  put_address(handle_, own);
  handle_.site = site;
  for (auto& word : handle_.cookie) word = random_word();
}

/// False where it is to be turned away.
bool Listener::listen_to(Newcomer& newcomer) const {
  try {
    Time came{};
    newcomer.got += newcomer.socket.receive(std::span(newcomer.hello).subspan(newcomer.got), came);
  } catch (const Failure&) {
    return false;
  }
  if (newcomer.got < sizeof(Hello)) return now() - newcomer.came < patience_;
  Hello hello;
  std::memcpy(&hello, newcomer.hello.data(), sizeof hello);
  newcomer.welcome = plausible(hello) && std::ranges::equal(hello.cookie, handle_.cookie);
  return newcomer.welcome;
}

std::unique_ptr<Joined> Listener::accept() {
  while (auto socket = socket_.accept()) newcomers_.push_back({std::move(*socket), now(), {}, 0, false});
  std::erase_if(newcomers_, [this](Newcomer& each) { return !each.welcome && !listen_to(each); });
  for (const auto& newcomer : newcomers_) {
    if (!newcomer.welcome) continue;
    Hello hello;
    std::memcpy(&hello, newcomer.hello.data(), sizeof hello);
    if (auto joined = join(hello.connection)) return joined;
  }
  return nullptr;
}

std::unique_ptr<Joined> Listener::join(std::uint64_t connection) {
  auto joined = std::make_unique<Joined>();
  std::vector<Newcomer*> members;
  for (auto& newcomer : newcomers_) {
    if (!newcomer.welcome) continue;
    Hello hello;
    std::memcpy(&hello, newcomer.hello.data(), sizeof hello);
    if (hello.connection != connection) continue;
    if (!members.empty() && (hello.sockets != joined->hello.sockets)) continue;
    if (members.empty()) {
      joined->hello = hello;
      members.resize(hello.sockets);
    }
    members[hello.socket] = &newcomer;
  }
  if (std::ranges::count(members, nullptr) > 0) return nullptr;
  for (auto* member : members) joined->sockets.push_back(std::move(member->socket));
  std::erase_if(newcomers_, [](const Newcomer& each) { return !each.socket; });
  return joined;
}

Connector::Connector(const Handle& handle, const Interface& from, int site, bool acknowledged, std::uint32_t sockets,
                     Time patience)
    : joined_(std::make_unique<Joined>()), begun_(now()), patience_(patience) {
  auto& hello = joined_->hello;
  std::ranges::copy(handle.cookie, hello.cookie);
  hello.connection = random_word();
  hello.sockets = std::clamp<std::uint32_t>(sockets, 1, kMaxSockets);
  hello.site = site;
  hello.acknowledged = acknowledged ? 1 : 0;
  for (std::uint32_t i = 0; i < hello.sockets; ++i)
    joined_->sockets.push_back(Socket::connecting(any_port(from.address), address_of(handle)));
}

std::unique_ptr<Joined> Connector::connect() {
  for (; greeted_ < joined_->sockets.size(); ++greeted_) {
    auto& socket = joined_->sockets[greeted_];
    if (!socket.connected()) {
      if (now() - begun_ > patience_) throw Failure{remote_error, "no answer from " + socket.peer()};
      return nullptr;
    }
    auto hello = joined_->hello;
    hello.socket = static_cast<std::uint32_t>(greeted_);
    if (socket.send(std::as_bytes(std::span(&hello, 1))) != sizeof hello)  // the first bytes of an empty socket
      throw Failure{system_error, "cannot greet " + socket.peer()};
  }
  return std::move(joined_);
}

}  // namespace longhaul::net
