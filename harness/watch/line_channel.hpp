#pragma once
#include <optional>
#include <string>
#include <vector>

#include "topologies/lab/fd.hpp"
#include "topologies/units.hpp"

namespace longhaul {

/// A TCP address as numbers: "10.1.0.1" or "fd00::1".
struct NetAddress {
  std::string host;
  int port = 0;
};

/// Lines of text over TCP, both ways.
class LineChannel {
 public:
  explicit LineChannel(Fd socket);
  int fd() const { return socket_.get(); }
  /// A peer that takes no more for half a second is taken for gone: who talks here has a deadline to keep.
  void send(const std::string& line);
  /// Whole lines that have come; `open` turns false once the peer is gone or talks nonsense (a line that is too long:
  /// over 4 MiB, unless limit() says less).
  std::vector<std::string> receive();
  bool open() const { return open_; }
  void limit(std::size_t longest_line) { longest_ = longest_line; }

  static constexpr std::size_t kLongestLine = 4 << 20;

 private:
  Fd socket_;
  std::size_t longest_ = kLongestLine;
  std::string received_;
  bool open_ = true;
};

/// A listening socket on all interfaces, and its port.
struct Listener {
  Fd socket;
  int port = 0;
};
Listener listen_anywhere();
/// The next connection, if one is there.
std::optional<LineChannel> accept_from(const Fd& listener);

/// The first of a host's addresses that answers within `patience`.
std::optional<LineChannel> connect_to(const std::vector<NetAddress>& addresses, Duration patience);

/// Seconds that a connection to the first answering address takes: one round trip. Negative: none within `patience`.
double time_to_connect(const std::vector<NetAddress>& addresses, Duration patience);

/// This host's own addresses, loopback and link-local ones aside (loopback where there is nothing else).
std::vector<std::string> own_addresses();

/// A port on them as one line, and back: "10.1.0.1 10.1.0.2 4711".
std::string addresses_text(int port);
std::vector<NetAddress> addresses_of(const std::string& text);

}  // namespace longhaul
