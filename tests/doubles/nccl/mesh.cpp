#include "mesh.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <thread>

namespace longhaul::doubles {
namespace {

constexpr int patience_ms = 20;  // between looks at `aborted`

struct Hello {
  std::uint64_t key = 0;
  std::int32_t rank = 0, ranks = 0;
  std::uint32_t address = 0;
  std::uint16_t port = 0, unused = 0;
};

/// NCCL_SOCKET_IFNAME's prefix where set, else the first interface that is up and not loopback, else loopback.
std::uint32_t own_address() {
  const char* const wanted = std::getenv("NCCL_SOCKET_IFNAME");
  std::uint32_t found = htonl(INADDR_LOOPBACK);
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return found;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET || (one->ifa_flags & IFF_UP) == 0) continue;
    const bool fits = wanted != nullptr ? std::strncmp(one->ifa_name, wanted, std::strlen(wanted)) == 0
                                        : (one->ifa_flags & IFF_LOOPBACK) == 0;
    if (!fits) continue;
    found = reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr.s_addr;
    break;
  }
  freeifaddrs(all);
  return found;
}

int listener(std::uint16_t& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  socklen_t length = sizeof address;
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(fd, 512) != 0) return -1;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  port = address.sin_port;
  return fd;
}

bool ready(int fd, short events, const std::atomic<bool>& aborted) {
  pollfd one{fd, events, 0};
  while (!aborted) {
    const int count = poll(&one, 1, patience_ms);
    if (count > 0) return true;
    if (count < 0 && errno != EINTR) return false;
  }
  return false;
}

bool send_all(int fd, const void* data, std::size_t bytes, const std::atomic<bool>& aborted) {
  for (std::size_t done = 0; done < bytes;) {
    if (!ready(fd, POLLOUT, aborted)) return false;
    const auto sent = send(fd, static_cast<const std::byte*>(data) + done, bytes - done, MSG_NOSIGNAL);
    if (sent <= 0 && errno != EINTR && errno != EAGAIN) return false;
    done += sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  return true;
}

bool receive_all(int fd, void* data, std::size_t bytes, const std::atomic<bool>& aborted) {
  for (std::size_t done = 0; done < bytes;) {
    if (!ready(fd, POLLIN, aborted)) return false;
    const auto got = recv(fd, static_cast<std::byte*>(data) + done, bytes - done, 0);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) return false;
    done += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  return true;
}

int connect_to(std::uint32_t address, std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = address;
  to.sin_port = port;
  if (fd >= 0 && connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

/// The root of a meeting: hears every rank, then tells all.
void host_meeting(int fd, std::uint64_t key) {
  const std::atomic<bool> never{false};
  std::vector<Hello> ranks;
  std::vector<int> guests;
  std::size_t heard = 0, expected = 1;
  while (heard < expected) {
    const int guest = accept4(fd, nullptr, nullptr, SOCK_CLOEXEC);
    Hello hello;
    if (guest < 0 || !receive_all(guest, &hello, sizeof hello, never) || hello.key != key) {
      if (guest >= 0) close(guest);
      continue;
    }
    expected = static_cast<std::size_t>(hello.ranks);
    ranks.resize(expected);
    ranks[static_cast<std::size_t>(hello.rank)] = hello;
    guests.push_back(guest);
    ++heard;
  }
  for (const int guest : guests) {
    send_all(guest, ranks.data(), ranks.size() * sizeof(Hello), never);
    close(guest);
  }
  close(fd);
}

/// One direction of one connection: what is still to pass, and how far the first has got, its label included.
struct Flow {
  std::deque<Transfer> waiting;
  std::size_t done = 0;
  Label label;
};

/// Moves as many bytes as go without waiting. False when the connection is gone.
template <class Move>
bool advance(Flow& flow, const Move& move, std::string& mismatch, bool receiving) {
  while (!flow.waiting.empty()) {
    auto& transfer = flow.waiting.front();
    const bool in_label = flow.done < sizeof(Label);
    std::byte* const from = in_label
                                ? reinterpret_cast<std::byte*>(receiving ? &flow.label : &transfer.label) + flow.done
                                : static_cast<std::byte*>(transfer.data) + (flow.done - sizeof(Label));
    const std::size_t bytes = (in_label ? sizeof(Label) : sizeof(Label) + transfer.bytes) - flow.done;
    if (bytes > 0) {
      const auto moved = move(from, bytes);
      if (moved < 0 && (errno == EAGAIN || errno == EINTR)) return true;
      if (moved <= 0) return false;
      flow.done += static_cast<std::size_t>(moved);
    }
    if (receiving && flow.done == sizeof(Label) && flow.label != transfer.label) {
      mismatch = "rank " + std::to_string(transfer.peer) + " does " + text_of(flow.label) + " where this rank does " +
                 text_of(transfer.label);
      return true;
    }
    if (flow.done == sizeof(Label) + transfer.bytes) {
      flow.waiting.pop_front();
      flow.done = 0;
    }
  }
  return true;
}

}  // namespace

Meeting open_meeting() {
  Meeting meeting;
  std::random_device random;
  meeting.key = std::uint64_t{random()} << 32 | random();
  meeting.address = own_address();
  const int fd = listener(meeting.port);
  std::thread(host_meeting, fd, meeting.key).detach();
  return meeting;
}

std::string text_of(const Label& label) {
  constexpr const char* names[] = {"all_reduce",     "broadcast", "reduce", "all_gather",
                                   "reduce_scatter", "send/recv", "split",  "window registration"};
  return std::string(names[label.call]) + " #" + std::to_string(label.sequence) + " (count " +
         std::to_string(label.count) + ", type " + std::to_string(label.type) + ", op " + std::to_string(label.op) +
         ", root " + std::to_string(label.root) + ")";
}

Mesh::~Mesh() {
  for (const int fd : sockets_)
    if (fd >= 0) close(fd);
}

std::string Mesh::meet(const Meeting& meeting, int rank, int ranks, const std::atomic<bool>& aborted) {
  rank_ = rank;
  sockets_.assign(static_cast<std::size_t>(ranks), -1);
  Hello own{meeting.key, rank, ranks, own_address(), 0, 0};
  const int door = listener(own.port);
  const int root = connect_to(meeting.address, meeting.port);
  std::vector<Hello> all(static_cast<std::size_t>(ranks));
  const bool told = root >= 0 && send_all(root, &own, sizeof own, aborted) &&
                    receive_all(root, all.data(), all.size() * sizeof(Hello), aborted);
  if (root >= 0) close(root);
  bool met = told;
  for (int peer = 0; met && peer < rank; ++peer) {
    const auto& to = all[static_cast<std::size_t>(peer)];
    const int fd = connect_to(to.address, to.port);
    met = fd >= 0 && send_all(fd, &own, sizeof own, aborted);
    sockets_[static_cast<std::size_t>(peer)] = fd;
  }
  for (int peer = rank + 1; met && peer < ranks; ++peer) {
    met = ready(door, POLLIN, aborted);
    const int fd = met ? accept4(door, nullptr, nullptr, SOCK_CLOEXEC) : -1;
    Hello hello;
    met = fd >= 0 && receive_all(fd, &hello, sizeof hello, aborted) && hello.key == meeting.key;
    if (met) sockets_[static_cast<std::size_t>(hello.rank)] = fd;
  }
  close(door);
  for (const int fd : sockets_)
    if (fd >= 0) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      fcntl(fd, F_SETFL, O_NONBLOCK);
    }
  return met ? "" : "the ranks could not meet";
}

std::string Mesh::exchange(const std::vector<Transfer>& sends, const std::vector<Transfer>& receives,
                           const std::atomic<bool>& aborted) {
  std::vector<Flow> out(sockets_.size()), in(sockets_.size());
  for (const auto& transfer : sends) out[static_cast<std::size_t>(transfer.peer)].waiting.push_back(transfer);
  for (const auto& transfer : receives) in[static_cast<std::size_t>(transfer.peer)].waiting.push_back(transfer);
  // What a rank sends to itself.
  auto &to_self = out[static_cast<std::size_t>(rank_)].waiting,
       &from_self = in[static_cast<std::size_t>(rank_)].waiting;
  for (; !to_self.empty() && !from_self.empty(); to_self.pop_front(), from_self.pop_front())
    if (from_self.front().bytes > 0)
      std::memmove(from_self.front().data, to_self.front().data, from_self.front().bytes);

  std::string mismatch;
  while (!aborted) {
    std::vector<pollfd> polled;
    std::vector<std::size_t> peers;
    for (std::size_t peer = 0; peer < sockets_.size(); ++peer) {
      const int events = (out[peer].waiting.empty() ? 0 : POLLOUT) | (in[peer].waiting.empty() ? 0 : POLLIN);
      if (events == 0) continue;
      polled.push_back({sockets_[peer], static_cast<short>(events), 0});
      peers.push_back(peer);
    }
    if (polled.empty()) return "";
    poll(polled.data(), polled.size(), patience_ms);
    for (std::size_t i = 0; i < polled.size(); ++i) {
      const int fd = polled[i].fd;
      const auto give = [fd](const std::byte* data, std::size_t bytes) { return send(fd, data, bytes, MSG_NOSIGNAL); };
      const auto take = [fd](std::byte* data, std::size_t bytes) { return recv(fd, data, bytes, 0); };
      const bool alive = ((polled[i].revents & POLLOUT) == 0 || advance(out[peers[i]], give, mismatch, false)) &&
                         ((polled[i].revents & (POLLIN | POLLHUP)) == 0 || advance(in[peers[i]], take, mismatch, true));
      if (!mismatch.empty()) return mismatch;
      if (!alive || (polled[i].revents & POLLERR) != 0) return "lost rank " + std::to_string(peers[i]);
    }
  }
  return "aborted";
}

}  // namespace longhaul::doubles
