#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace longhaul::doubles {

/// Where a process listens, and which meeting it is for. Fits an ncclUniqueId.
struct Meeting {
  std::uint64_t key = 0;
  std::uint32_t address = 0;  ///< IPv4, network order
  std::uint16_t port = 0;     ///< network order
};

/// Begins a meeting: a thread waits for all ranks and tells each where the others are.
Meeting open_meeting();

/// What every message says of itself, so that ranks that do not do the same are found out.
struct Label {
  std::uint32_t call = 0;  ///< 0 all_reduce, 1 broadcast, … as the NCCL double numbers them
  std::int32_t type = 0, op = 0, root = 0;
  std::uint64_t count = 0, sequence = 0;
  bool operator==(const Label&) const = default;
};
std::string text_of(const Label& label);

struct Transfer {
  int peer = 0;
  Label label;
  void* data = nullptr;
  std::size_t bytes = 0;
};

/// TCP connections between all ranks of a communicator. Everything ends early when `aborted` becomes true.
class Mesh {
 public:
  ~Mesh();
  /// @return why it failed; empty when it stands
  std::string meet(const Meeting& meeting, int rank, int ranks, const std::atomic<bool>& aborted);
  /// All transfers at once; messages between two ranks keep their order.
  /// @return what went wrong; empty when all is done
  std::string exchange(const std::vector<Transfer>& sends, const std::vector<Transfer>& receives,
                       const std::atomic<bool>& aborted);

 private:
  int rank_ = 0;
  std::vector<int> sockets_;  ///< by rank, −1 for the own
};

}  // namespace longhaul::doubles
