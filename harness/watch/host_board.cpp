#include "harness/watch/host_board.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <new>
#include <utility>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr int kOwnerOnly = 0600;
constexpr std::uint32_t kOrders = 4;  // a number is 4 × how many there were, and which it is

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) {
  static_assert(sizeof word == sizeof(std::uint32_t));
  return ::syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
}

}  // namespace

HostBoard::HostBoard(Fd memory, std::size_t slots) : memory_(std::move(memory)), slots_(slots) {
  void* address = ::mmap(nullptr, slots * sizeof(BoardSlot), PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(), 0);
  if (address == MAP_FAILED) throw EnvironmentError("cannot map {} bytes of shared memory", slots * sizeof(BoardSlot));
  board_ = static_cast<BoardSlot*>(address);
}

HostBoard HostBoard::create(const std::string& name, std::size_t slots) {
  Fd memory(
      checked(::shm_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, kOwnerOnly), "make /dev/shm" + name));
  checked(::ftruncate(memory.get(), static_cast<off_t>(slots * sizeof(BoardSlot))), "size /dev/shm" + name);
  HostBoard board(std::move(memory), slots);
  for (std::size_t slot = 0; slot < slots; ++slot) new (&board.board_[slot]) BoardSlot;
  return board;
}

HostBoard HostBoard::open(const std::string& name, std::size_t slots) {
  return {Fd(checked(::shm_open(name.c_str(), O_RDWR | O_CLOEXEC, 0), "open /dev/shm" + name)), slots};
}

HostBoard HostBoard::adopt(Fd memory, std::size_t slots) { return {std::move(memory), slots}; }

void HostBoard::remove_name(const std::string& name) { ::shm_unlink(name.c_str()); }

HostBoard::HostBoard(HostBoard&& other) noexcept
    : memory_(std::move(other.memory_)), slots_(other.slots_), board_(std::exchange(other.board_, nullptr)) {}

HostBoard::~HostBoard() {
  if (board_ != nullptr) ::munmap(board_, slots_ * sizeof(BoardSlot));
}

Order order_of(std::uint32_t number) { return static_cast<Order>(number % kOrders); }

std::uint32_t give_order(BoardSlot& slot, Order order) {
  auto before = slot.order.load(std::memory_order_acquire);
  std::uint32_t number;
  do {
    if (order_of(before) == Order::end && order != Order::end) return before;
    number = (before / kOrders + 1) * kOrders + static_cast<std::uint32_t>(order);
  } while (!slot.order.compare_exchange_weak(before, number, std::memory_order_acq_rel));
  futex(slot.order, FUTEX_WAKE, 1);
  return number;
}

std::uint32_t wait_for_order(BoardSlot& slot, std::uint32_t seen) {
  while (slot.order.load(std::memory_order_acquire) == seen) futex(slot.order, FUTEX_WAIT, seen);
  return slot.order.load(std::memory_order_acquire);
}

}  // namespace longhaul
