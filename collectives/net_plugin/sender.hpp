#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "collectives/net_plugin/connection.hpp"
#include "collectives/net_plugin/emulation.hpp"
#include "collectives/net_plugin/socket.hpp"
#include "collectives/net_plugin/wire.hpp"

namespace longhaul::net {

/// The sending end of a connection over TCP. Messages leave in the order of send().
///
/// A send is over when TCP has its bytes, or, where the connection is acknowledged, when the sender would have heard
/// that they arrived. Things move when asked only: NCCL asks until a request is over.
class Sender : public Connection {
 public:
  /// @param sockets  connected, in the order of their Hello
  /// @param to       site of the other end
  Sender(std::vector<Socket> sockets, int to, bool acknowledged, Emulation& emulation);
  ~Sender() override;

  Request* send(const Outgoing& message) override;
  bool test(Request& request, int* sizes) override;

 private:
  struct Message {
    Request* request = nullptr;
    const std::byte* data = nullptr;
    Header header;
    bool may_leave = false;
    std::uint32_t pieces_left = 0;
  };
  /// How far a socket is: which message, and how much of its header and its piece has gone.
  struct Lane {
    Socket socket;
    std::uint64_t message = 0;
    std::size_t header_sent = 0;
    std::uint64_t piece_sent = 0;
  };

  void progress();
  void push(std::uint32_t index);
  bool send_header(Lane& lane, Message& message);
  bool allow(Message& message);
  void retire();
  void hear();

  std::vector<Lane> lanes_;
  int to_;
  bool acknowledged_, delayed_;
  Emulation& emulation_;
  std::deque<Message> leaving_;                ///< not yet handed over entirely
  std::uint64_t first_leaving_ = 0;            ///< number of the first of them
  std::map<std::uint32_t, Request*> unheard_;  ///< by number: handed over, not acknowledged
  std::array<std::byte, sizeof(Ack)> ack_{};
  std::size_t ack_got_ = 0;
  Time ack_came_{};
  Time last_heard_{};
  RequestPool requests_;
};

}  // namespace longhaul::net
