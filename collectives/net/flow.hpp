#pragma once
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "collectives/net/program.hpp"
#include "collectives/net_plugin/loaded_plugin.hpp"

namespace longhaul::net {

/// Memory that connections use: registered with each of them.
class SlotBuffer {
 public:
  SlotBuffer(LoadedPlugin& plugin, void* comm, std::size_t bytes);
  SlotBuffer(const SlotBuffer&) = delete;
  SlotBuffer& operator=(const SlotBuffer&) = delete;
  std::byte* data() const { return memory_.get(); }
  void* registration() const { return registration_; }
  /// The plugin's registrations mean nothing: it takes any memory as it is.
  bool needless() const { return registration_ == nullptr; }
  /// Before the connection is closed.
  void deregister();

 private:
  LoadedPlugin& plugin_;
  void* comm_;
  std::unique_ptr<std::byte[]> memory_;
  void* registration_ = nullptr;
};

/// The sending end of a connection with NCCL's flow control: at most 8 slots under way.
class Outbox {
 public:
  Outbox(LoadedPlugin& plugin, void* comm, Chunking chunking);
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  bool has_room(int credits) const { return in_use_ + credits <= kSteps; }
  /// Whether messages may be sent from any memory.
  bool direct() const { return slots_.needless(); }
  /// The slot that the next message lies in.
  std::byte* slot() const { return slots_.data() + static_cast<std::size_t>(next_step_ % kSteps) * chunking_.step(); }
  /// Sends from the slot, or from elsewhere.
  void send(const std::byte* data, std::size_t bytes, int credits);
  /// Moves on; true where anything did.
  bool progress();
  bool idle() const { return under_way_.empty(); }

 private:
  struct Message {
    const std::byte* data;
    std::size_t bytes;
    int credits;
    void* request;  ///< null: the plugin would not take it yet
  };
  bool begin(Message& message);

  LoadedPlugin& plugin_;
  void* comm_;
  Chunking chunking_;
  SlotBuffer slots_;
  std::deque<Message> under_way_;
  int in_use_ = 0, next_step_ = 0;
};

/// The receiving end: buffers are posted ahead for the messages of a program, as many as 8 slots hold.
class Inbox {
 public:
  Inbox(LoadedPlugin& plugin, void* comm, Chunking chunking);
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// Posts what follows in the program, from the first step not posted yet.
  bool post(const Program& program, std::size_t element_size);
  void begin_program() { next_posted_ = 0; }
  /// The next message, once it is there.
  const std::byte* arrived();
  /// Its slot is free again.
  void consume();

 private:
  struct Message {
    std::byte* data;
    std::size_t bytes;
    int credits;
    void* request;
    bool there = false;
  };

  LoadedPlugin& plugin_;
  void* comm_;
  Chunking chunking_;
  SlotBuffer slots_;
  std::deque<Message> posted_;
  std::size_t next_posted_ = 0;  ///< step of the program
  int in_use_ = 0, next_step_ = 0;
};

/// A program on its way: from an inbox, to an outbox, or both.
class Flow {
 public:
  Flow(Program program, DataType type, ReduceOp op, int ranks, Inbox* from, Outbox* to);

  /// Moves on as far as possible; true where anything did.
  bool progress();
  bool done() const { return next_ == program_.size(); }
  bool waits_to_receive() const { return !done() && program_[next_].receives; }

 private:
  bool advance();
  void carry_out(const Step& step, const std::byte* message);

  Program program_;
  DataType type_;
  ReduceOp op_;
  int ranks_;
  Inbox* from_;
  Outbox* to_;
  std::size_t next_ = 0;
  std::size_t tail_;  ///< steps from here on are sent from slots, so that the caller's buffers are free at the end
};

}  // namespace longhaul::net
