#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "collectives/net_plugin/connection.hpp"
#include "collectives/net_plugin/emulation.hpp"
#include "collectives/net_plugin/socket.hpp"
#include "collectives/net_plugin/wire.hpp"

namespace longhaul::net {

/// The receiving end of a connection over TCP. Each message goes to the first buffer of its tag that was posted, else
/// it waits in memory of the receiver's own; it is released when it would have arrived.
///
/// A message that a WAN delays is taken off its socket at once, also while nobody asks (the drain does): TCP's buffers
/// hold less than what is under way on a long line. Without a WAN in between, what nobody asked for stays in TCP.
class Receiver : public Connection {
 public:
  /// @param patience  a message that has begun and does not go on for so long is a failure
  Receiver(std::vector<Socket> sockets, int from, bool acknowledged, Emulation& emulation, Time patience);

  Request* receive(const Incoming& buffers) override;
  bool test(Request& request, int* sizes) override;

  bool delayed() const { return delayed_; }
  /// For the drain: whether the owner has asked for something within `recently`.
  bool looked_after(Time recently) const { return now().count() - last_asked_.load() < recently.count(); }
  /// For the drain: reads what has come. What goes wrong is the owner's to hear.
  void drain();
  /// For the drain: sockets on which something may come.
  void add_sockets(std::vector<int>& sockets) const;

 private:
  /// A posted buffer.
  struct Slot {
    std::byte* data = nullptr;
    std::size_t capacity = 0;
    int tag = 0;
    bool bound = false;  ///< to a message
  };
  struct Group {
    Request* request = nullptr;
    std::array<Slot, kMaxReceives> slots;
    int unfilled = 1;
    Time posted{};
  };
  struct Memory {
    std::unique_ptr<std::byte[]> data;
    std::size_t capacity = 0;
  };
  struct Message {
    Header header;
    std::uint64_t number = 0;
    Time header_came{}, last_came{};
    std::uint32_t pieces_left = 0;
    std::byte* target = nullptr;  ///< null: it waits on the socket
    Memory memory;                ///< what target points into, unless a posted buffer
    Group* group = nullptr;
    std::size_t slot = 0;
    Time due{};
  };
  struct Lane {
    Socket socket;
    std::uint64_t message = 0;  ///< the number of the one it reads
    std::array<std::byte, sizeof(Header)> header{};
    std::size_t header_got = 0;
    std::uint64_t piece_got = 0;
    std::optional<Failure> lost;
  };

  void progress();
  void pull(std::uint32_t index);
  bool read_header(Lane& lane);
  bool find_target(Message& message);
  bool bind_to_posted(Message& message);
  void bind(Message& message, Group& group, std::size_t slot) const;
  void take_staged(Group& group);
  Message* first_unbound(int tag);
  void finish_first();
  void deliver(Message& message);
  void acknowledge(const Message& message);
  void push_acks();
  void expect_hope();
  Memory memory_of(std::size_t size);

  std::vector<Lane> lanes_;
  int from_;
  bool acknowledged_, delayed_;
  Emulation& emulation_;
  Time patience_;
  std::mutex mutex_;
  std::list<Group> posted_;
  std::deque<Message> coming_;      ///< begun and not wholly there, in the order of sending
  std::uint64_t first_coming_ = 0;  ///< number of the first of them
  std::list<Message> staged_;       ///< wholly there, nobody asked for them yet
  std::size_t staged_bytes_ = 0;
  std::vector<Memory> spare_;
  std::vector<std::byte> acks_;  ///< not yet taken by the socket
  Time last_due_{}, last_read_{};
  std::atomic<std::int64_t> last_asked_{0};
  RequestPool requests_;
};

}  // namespace longhaul::net
