#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

struct sockaddr;
struct sockaddr_storage;

namespace longhaul::net {

using Time = std::chrono::nanoseconds;  ///< the machine's monotonic clock
Time now();

/// A TCP socket that never blocks; closed with this object. What fails is a Failure that names the peer.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  /// One that listens on this address, on any port.
  static Socket listening(const sockaddr_storage& address);
  /// One whose connection is under way, from `from` (its port ignored).
  static Socket connecting(const sockaddr_storage& from, const sockaddr_storage& to);

  /// The next connection, if one waits.
  std::optional<Socket> accept();
  /// True once connected. @throws Failure when refused
  bool connected() const;
  /// Own address.
  void address(sockaddr_storage& into) const;
  /// "10.0.0.2:41234"
  const std::string& peer() const { return peer_; }

  /// Bytes taken by the kernel, possibly none.
  std::size_t send(std::span<const std::byte> bytes);
  /// Bytes read, possibly none.
  /// @param arrived  when the last of them came, as the kernel noted it; untouched where none did
  std::size_t receive(std::span<std::byte> bytes, Time& arrived);

  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  void set_up();

  int fd_ = -1;
  std::string peer_ = "peer";
};

}  // namespace longhaul::net
