// Measures a path with sockets alone, so that tests of the lab need no other tool.
//
//   net_probe serve PORT                        answers the others; ends when its parent does
//   net_probe ping HOST PORT COUNT [PAUSE_MS]   round trips of 8 B over one TCP connection: min p50 p99 max in µs
//   net_probe bulk HOST PORT SECONDS            one TCP stream: goodput over its second half in Mbit/s,
//   retransmissions,
//                                               reorderings that TCP saw
//   net_probe sequence HOST PORT COUNT BYTES PAUSE_US   numbered UDP datagrams: how many were lost, how many overtook
#include <fmt/format.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

int checked(int result, const char* what) {
  if (result < 0) throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
  return result;
}

sockaddr_in address_of(const std::string& host, int port) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_family = AF_INET;
  if (const int fault = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); fault != 0)
    throw std::runtime_error(fmt::format("{}: {}", host, ::gai_strerror(fault)));
  auto address = *reinterpret_cast<sockaddr_in*>(found->ai_addr);
  ::freeaddrinfo(found);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

/// A connected TCP socket without Nagle's algorithm; tries while the server is starting.
int connect_to(const std::string& host, int port) {
  const auto address = address_of(host, port);
  for (int attempt = 0;; ++attempt) {
    const int fd = checked(::socket(AF_INET, SOCK_STREAM, 0), "socket");
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return fd;
    }
    ::close(fd);
    if (attempt == 100) throw std::runtime_error(fmt::format("cannot reach {}:{}", host, port));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void send_all(int fd, const void* data, std::size_t size) {
  for (auto at = static_cast<const char*>(data); size > 0;) {
    const auto sent = ::send(fd, at, size, MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error("the peer is gone");
    at += sent;
    size -= static_cast<std::size_t>(sent);
  }
}

bool receive_all(int fd, void* data, std::size_t size) {
  for (auto at = static_cast<char*>(data); size > 0;) {
    const auto got = ::recv(fd, at, size, 0);
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

constexpr char kEcho = 'e', kSink = 's';

void echo(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  char message[8];
  while (receive_all(fd, message, sizeof message)) send_all(fd, message, sizeof message);
}

/// Takes all there is; at the end tells the goodput of the second half of the time in bit/s.
void sink(int fd) {
  double duration = 0;
  if (!receive_all(fd, &duration, sizeof duration)) return;
  std::vector<char> buffer(1 << 20);
  const auto start = Clock::now();
  const auto half = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(duration / 2));
  Clock::time_point first{}, last{};
  double bytes = 0;
  for (ssize_t got; (got = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;) {
    last = Clock::now();
    if (last < half) continue;
    if (first == Clock::time_point{})
      first = last;  // what came with the first reading came before the time counted
    else
      bytes += static_cast<double>(got);
  }
  const double rate = last > first ? bytes * 8 / std::chrono::duration<double>(last - first).count() : 0;
  send_all(fd, &rate, sizeof rate);
}

void serve_connection(int fd) {
  char kind = 0;
  if (receive_all(fd, &kind, 1)) kind == kEcho ? echo(fd) : sink(fd);
  ::close(fd);
}

struct Numbered {
  std::uint64_t number, total;
};

/// Counts numbered datagrams of one run; answers each run's last (number == total) with {received, overtaken}.
void serve_datagrams(int fd) {
  std::uint64_t received = 0, overtaken = 0, next = 0;
  std::vector<char> buffer(65536);
  for (;;) {
    sockaddr_in from{};
    socklen_t length = sizeof from;
    const auto got = ::recvfrom(fd, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (got < static_cast<ssize_t>(sizeof(Numbered))) continue;
    Numbered head;
    std::memcpy(&head, buffer.data(), sizeof head);
    if (head.number == 0 && next != 0) received = overtaken = next = 0;
    if (head.number == head.total) {
      const Numbered answer{received, overtaken};
      ::sendto(fd, &answer, sizeof answer, 0, reinterpret_cast<sockaddr*>(&from), length);
      continue;
    }
    ++received;
    if (head.number < next) ++overtaken;
    next = std::max(next, head.number + 1);
  }
}

int bound(int type, int port) {
  const int fd = checked(::socket(AF_INET, type, 0), "socket");
  const int on = 1, buffer = 32 << 20;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (type == SOCK_DGRAM) ::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  checked(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  return fd;
}

[[noreturn]] void serve(int port) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  const int listener = bound(SOCK_STREAM, port);
  checked(::listen(listener, 16), "listen");
  std::thread(serve_datagrams, bound(SOCK_DGRAM, port)).detach();
  for (;;) {
    const int fd = checked(::accept(listener, nullptr, nullptr), "accept");
    std::thread([fd] {
      try {
        serve_connection(fd);
      } catch (const std::exception&) {  // a client that left
      }
    }).detach();
  }
}

void ping(const std::string& host, int port, int count, int pause_ms) {
  const int fd = connect_to(host, port);
  send_all(fd, &kEcho, 1);
  std::vector<double> times;
  char message[8] = {};
  for (int i = 0; i < count; ++i) {
    const auto start = Clock::now();
    send_all(fd, message, sizeof message);
    if (!receive_all(fd, message, sizeof message)) throw std::runtime_error("the server left");
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    if (pause_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
  }
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
  };
  fmt::print("{:.1f} {:.1f} {:.1f} {:.1f}\n", at(0), at(0.5), at(0.99), at(1));
}

void bulk(const std::string& host, int port, double duration) {
  const int fd = connect_to(host, port);
  send_all(fd, &kSink, 1);
  send_all(fd, &duration, sizeof duration);
  const std::vector<char> block(1 << 20, 'x');
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(duration));
  while (Clock::now() < end) send_all(fd, block.data(), block.size());
  tcp_info info{};
  socklen_t length = sizeof info;
  checked(::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length), "TCP_INFO");
  ::shutdown(fd, SHUT_WR);
  double rate = 0;
  if (!receive_all(fd, &rate, sizeof rate)) throw std::runtime_error("the server left");
  fmt::print("{:.1f} {} {}\n", rate / 1e6, info.tcpi_total_retrans, info.tcpi_reord_seen);
}

void sequence(const std::string& host, int port, std::uint64_t count, std::size_t size, int pause_us) {
  ::close(connect_to(host, port));  // the server is there, and neighbours know each other
  const int fd = checked(::socket(AF_INET, SOCK_DGRAM, 0), "socket");
  const auto address = address_of(host, port);
  checked(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
  std::vector<char> datagram(std::max(size, sizeof(Numbered)));
  auto next = Clock::now();
  for (std::uint64_t number = 0; number <= count; ++number) {
    const Numbered head{number, count};
    std::memcpy(datagram.data(), &head, sizeof head);
    ::send(fd, datagram.data(), datagram.size(), 0);
    next += std::chrono::microseconds(pause_us);
    std::this_thread::sleep_until(next);
  }
  pollfd polled{fd, POLLIN, 0};
  Numbered answer{};
  if (::poll(&polled, 1, 10'000) != 1 || ::recv(fd, &answer, sizeof answer, 0) != sizeof answer)
    throw std::runtime_error("no answer: the last datagram was lost");
  fmt::print("{} {}\n", count - answer.number, answer.total);
}

void run(const std::vector<std::string>& words) {
  const auto number = [&](std::size_t at) { return std::stoi(words.at(at)); };
  const auto& verb = words.at(0);
  if (verb == "serve") serve(number(1));
  if (verb == "ping") return ping(words.at(1), number(2), number(3), words.size() > 4 ? number(4) : 0);
  if (verb == "bulk") return bulk(words.at(1), number(2), std::stod(words.at(3)));
  if (verb == "sequence")
    return sequence(words.at(1), number(2), static_cast<std::uint64_t>(number(3)), static_cast<std::size_t>(number(4)),
                    number(5));
  throw std::runtime_error("unknown verb " + verb);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run({argv + 1, argv + argc});
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "net_probe: {}\n", error.what());
    return 1;
  }
}
