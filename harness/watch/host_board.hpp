#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "collectives/progress.hpp"
#include "topologies/lab/fd.hpp"

namespace longhaul {

/// What a watcher asks of a rank.
enum class Order : std::uint32_t { none = 0, tell_stack = 1, end = 2 };

/// One rank's place in the board of its host. The rank writes all but `order`, `code` and `reported`.
struct BoardSlot {
  Progress progress;
  std::atomic<std::int32_t> rank{-1}, pid{0};
  std::atomic<std::uint32_t> order{0};         ///< the latest order, as give_order numbers them; a futex
  std::atomic<std::int32_t> code{0};           ///< exit code that goes with Order::end
  std::atomic<std::uint32_t> stack_order{0};   ///< the order that the text below answers, once it is complete
  std::atomic<std::uint32_t> stack_length{0};  ///< of that text
  std::array<char, 64> device{};               ///< where its GPU is plugged in, zero-terminated
  std::array<char, 4096> stack{};              ///< a frame a line, innermost first
  std::atomic<bool> failed{false};             ///< its communicator has given up; the text below is complete
  std::array<char, 400> fault{};               ///< what that says, zero-terminated
  std::atomic<bool> reported{false};           ///< all that was seen has been taken down, or nobody will
};

/// Shared memory of a host's ranks and its watcher: a slot each, mode 0600, owned by the user. Its name is gone as soon
/// as all have it open, so that nothing stays behind, whatever ends them.
class HostBoard {
 public:
  /// @throws EnvironmentError
  static HostBoard create(const std::string& name, std::size_t slots);
  static HostBoard open(const std::string& name, std::size_t slots);
  /// From an inherited descriptor.
  static HostBoard adopt(Fd memory, std::size_t slots);
  static void remove_name(const std::string& name);

  HostBoard(HostBoard&& other) noexcept;
  HostBoard& operator=(HostBoard&&) = delete;
  ~HostBoard();

  std::size_t size() const { return slots_; }
  int fd() const { return memory_.get(); }
  BoardSlot& slot(std::size_t index) { return board_[index]; }

 private:
  HostBoard(Fd memory, std::size_t slots);

  Fd memory_;
  std::size_t slots_ = 0;
  BoardSlot* board_ = nullptr;
};

/// Gives an order and wakes whoever waits for one. Each has another number, so that the same one twice is two; none
/// comes after `end`. @return its number; that of `end` where that was given before
std::uint32_t give_order(BoardSlot& slot, Order order);
/// Waits until the slot's order is another than number `seen` (0: none yet); returns the new one's number.
std::uint32_t wait_for_order(BoardSlot& slot, std::uint32_t seen);
Order order_of(std::uint32_t number);

}  // namespace longhaul
