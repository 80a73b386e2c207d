#pragma once
#include <cstdint>

#include "collectives/net_plugin/abi.hpp"

/// What the plugin's own TCP carrier puts on its sockets, in the byte order of the machine, as NCCL does. A connection
/// is one way; the way back carries acknowledgements. The payload of a message is cut into as many even pieces as there
/// are sockets, each on its own, in order; headers go on the first socket only.
namespace longhaul::net {

/// What listen() hands out and connect() takes. NCCL carries it to the peer, and gives connect() its own copy at each
/// call, so that the connector may keep its place in it.
struct Handle {
  static constexpr std::uint64_t kMagic = 0x3148444e48474e4cULL;
  std::uint64_t magic = kMagic;
  std::uint64_t cookie[2] = {};   ///< random: who does not know it is turned away
  std::uint8_t address[16] = {};  ///< IPv4 in the first four bytes, or IPv6
  std::uint32_t scope = 0;        ///< of a link-local IPv6 address
  std::uint16_t port = 0;         ///< host byte order
  std::uint8_t is_ipv6 = 0;
  std::int32_t site = -1;        ///< of the listener
  std::uint64_t connecting = 0;  ///< the connector's own
};
static_assert(sizeof(Handle) <= kHandleBytes);

/// First on each socket, from the connector.
struct Hello {
  static constexpr std::uint64_t kMagic = 0x3148454c48474e4cULL;
  std::uint64_t magic = kMagic;
  std::uint64_t cookie[2] = {};
  std::uint64_t connection = 0;  ///< random: tells sockets of one connection from another's
  std::uint32_t socket = 0, sockets = 1;
  std::int32_t site = -1;          ///< of the connector
  std::uint32_t acknowledged = 0;  ///< 1: each message is acknowledged
};
static_assert(sizeof(Hello) == 48);
constexpr std::uint32_t kMaxSockets = 16;

/// Before each message.
struct Header {
  static constexpr std::uint32_t kMagic = 0x3147534d;
  std::uint32_t magic = kMagic;
  std::int32_t tag = 0;
  std::uint64_t size = 0;
  std::int64_t queue = 0;  ///< ns from now until the message's last bit would leave a wire of the emulated rate
  std::int64_t delay = 0;  ///< ns that it travels
};
static_assert(sizeof(Header) == 32);

/// For each message that found its buffer and is wholly there.
struct Ack {
  static constexpr std::uint32_t kMagic = 0x314b4341;
  std::uint32_t magic = kMagic;
  std::uint32_t message = 0;  ///< its number on this connection, from 0
  std::int64_t hold = 0;      ///< ns until the sender would have heard of it
};
static_assert(sizeof(Ack) == 16);

/// Longest time any of them may hold something up; more is garbage.
constexpr std::int64_t kLongestHold = std::int64_t{3600} * 1'000'000'000;

/// Whether what came can have been sent by this plugin.
inline bool plausible(const Hello& hello) {
  return hello.magic == Hello::kMagic && hello.sockets >= 1 && hello.sockets <= kMaxSockets &&
         hello.socket < hello.sockets && hello.acknowledged <= 1 && hello.site >= -1;
}
inline bool plausible(const Header& header) {
  return header.magic == Header::kMagic && header.size <= kLargestMessage && header.queue >= 0 &&
         header.queue <= kLongestHold && header.delay >= 0 && header.delay <= kLongestHold;
}
inline bool plausible(const Ack& ack) { return ack.magic == Ack::kMagic && ack.hold >= 0 && ack.hold <= kLongestHold; }

/// A piece of a message: what one of its sockets carries. Short messages stay on the first socket.
struct Piece {
  std::uint64_t begin = 0, end = 0;
  std::uint64_t size() const { return end - begin; }
  bool operator==(const Piece&) const = default;
};
constexpr std::uint64_t kLeastStriped = std::uint64_t{64} * 1024;
constexpr Piece piece_of(std::uint64_t size, std::uint32_t socket, std::uint32_t sockets) {
  if (sockets == 1 || size < kLeastStriped) return socket == 0 ? Piece{0, size} : Piece{size, size};
  const std::uint64_t each = size / sockets;
  return {socket * each, socket + 1 == sockets ? size : (socket + 1) * each};
}

}  // namespace longhaul::net
