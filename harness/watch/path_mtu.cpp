#include "harness/watch/path_mtu.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <sstream>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr int kTries = 2;
/// Jumbo frames, those less tunnels' headers, Ethernet, that less tunnels' headers, the least of IPv6 and of IPv4.
constexpr std::array kUsual{9000, 8900, 4096, 1500, 1450, 1400, 1280, 576};

bool readable(int socket, Duration patience) {
  pollfd waiting{socket, POLLIN, 0};
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
  return ::poll(&waiting, 1, static_cast<int>(wait)) > 0;
}

/// A datagram socket that reaches an address and never lets a packet be cut; -1 inside where there is none.
Fd connect_datagrams(const NetAddress& address, bool& is_v6) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_DGRAM;
  if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) != 0) return Fd();
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, ::freeaddrinfo);
  is_v6 = found->ai_family == AF_INET6;
  Fd socket(::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0 || ::connect(socket.get(), found->ai_addr, found->ai_addrlen) != 0) return Fd();
  static_assert(IPV6_PMTUDISC_PROBE == IP_PMTUDISC_PROBE);
  const int whole = IP_PMTUDISC_PROBE;
  ::setsockopt(socket.get(), is_v6 ? int{IPPROTO_IPV6} : int{IPPROTO_IP}, is_v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER,
               &whole, sizeof whole);
  return socket;
}

/// Whether a packet of this size, headers included, is answered.
bool passes(int socket, int size, int headers, Duration patience) {
  std::vector<char> packet(static_cast<std::size_t>(size - headers));
  for (int attempt = 0; attempt < kTries; ++attempt) {
    std::memcpy(packet.data(), &size, sizeof size);
    if (::send(socket, packet.data(), packet.size(), 0) != static_cast<ssize_t>(packet.size())) return false;
    while (readable(socket, patience)) {
      int answered = 0;
      if (::recv(socket, &answered, sizeof answered, 0) != sizeof answered) break;  // "port unreachable"
      if (answered == size) return true;
    }
  }
  return false;
}

}  // namespace

MtuEcho::MtuEcho() : socket_(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  socklen_t length = sizeof any;
  const int both = 0;
  if (socket_.get() >= 0) ::setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof both);
  if (socket_.get() < 0 || ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&any), length) != 0) {
    sockaddr_in any4{};  // a host without IPv6
    any4.sin_family = AF_INET;
    length = sizeof any4;
    socket_ = Fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (socket_.get() < 0 || ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&any4), length) != 0)
      throw EnvironmentError("cannot open a UDP port to probe path MTUs with: {}", std::strerror(errno));
  }
  sockaddr_storage own{};
  length = sizeof own;
  ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&own), &length);
  port_ = ntohs(own.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(own).sin6_port
                                          : reinterpret_cast<sockaddr_in&>(own).sin_port);
  thread_ = std::thread([this] { answer(); });
}

MtuEcho::~MtuEcho() {
  over_.store(true);
  thread_.join();
}

/// The first bytes of a packet, which say its size, go back.
void MtuEcho::answer() {
  std::vector<char> packet(1 << 16);
  while (!over_.load()) {
    if (!readable(socket_.get(), std::chrono::milliseconds(20))) continue;
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    auto* const peer = reinterpret_cast<sockaddr*>(&from);
    const auto got = ::recvfrom(socket_.get(), packet.data(), packet.size(), 0, peer, &size);
    if (got >= static_cast<ssize_t>(sizeof(int))) ::sendto(socket_.get(), packet.data(), sizeof(int), 0, peer, size);
  }
}

PathMtu probe_mtu(const std::vector<NetAddress>& peer, Duration patience) {
  PathMtu found;
  for (const auto& address : peer) {
    bool is_v6 = false;
    const auto socket = connect_datagrams(address, is_v6);
    const int headers = is_v6 ? 48 : 28, smallest = 64;
    if (socket.get() < 0 || !passes(socket.get(), smallest, headers, patience)) continue;
    socklen_t length = sizeof found.route;
    ::getsockopt(socket.get(), is_v6 ? int{IPPROTO_IPV6} : int{IPPROTO_IP}, is_v6 ? IPV6_MTU : IP_MTU, &found.route,
                 &length);
    std::vector<int> sizes{std::min(found.route, 65535)};  // loopback's is larger than any packet
    found.route = sizes.front();
    std::ranges::copy_if(kUsual, std::back_inserter(sizes), [&](int size) { return size < found.route; });
    const auto passing =
        std::ranges::find_if(sizes, [&](int size) { return passes(socket.get(), size, headers, patience); });
    found.passes = passing == sizes.end() ? 0 : *passing;
    return found;
  }
  return found;
}

std::vector<PathMtu> probe_mtus(World& world, const std::vector<int>& site_of_rank,
                                const std::vector<std::string>& sites, Duration patience) {
  const auto leader_of = [&](std::size_t site) {
    return static_cast<int>(std::ranges::find(site_of_rank, static_cast<int>(site)) - site_of_rank.begin());
  };
  const auto own_site = static_cast<std::size_t>(site_of_rank[static_cast<std::size_t>(world.rank())]);
  const bool leads = leader_of(own_site) == world.rank();
  std::unique_ptr<MtuEcho> echo;
  if (leads) echo = std::make_unique<MtuEcho>();
  const auto texts = world.gather(echo ? addresses_text(echo->port()) : std::string{});
  std::string found;
  for (std::size_t to = 0; to < sites.size(); ++to) {
    const auto leader = static_cast<std::size_t>(leader_of(to));
    if (leader >= site_of_rank.size()) continue;  // a site without ranks
    const auto peer = world.broadcast(texts.empty() ? std::string{} : texts[leader]);
    if (!leads || to <= own_site) continue;
    const auto path = probe_mtu(addresses_of(peer), patience);
    found += std::to_string(own_site) + " " + std::to_string(to) + " " + std::to_string(path.route) + " " +
             std::to_string(path.passes) + "\n";
  }
  std::vector<PathMtu> paths;
  for (const auto& text : world.gather(found)) {
    std::istringstream lines(text);
    std::size_t from = 0, to = 0;
    for (PathMtu path; lines >> from >> to >> path.route >> path.passes;) {
      path.from = sites[from];
      path.to = sites[to];
      paths.push_back(path);
    }
  }
  world.barrier();  // echoes answer until all have probed
  return paths;
}

}  // namespace longhaul
