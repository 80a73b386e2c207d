#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace longhaul {

/// Memory for packets under way: buffers of three sizes, reused, so that the emulator's loop allocates nothing once
/// warm and many small packets do not hold large buffers.
class PacketPool {
 public:
  /// @param largest  bytes of the largest packet there can be
  explicit PacketPool(std::size_t largest);

  /// Where the next packet is to be read into; `largest` bytes.
  std::span<std::byte> scratch() { return {scratch_.get(), largest_}; }

  /// Keeps the first `size` bytes of scratch() under the handle returned; scratch() is free again.
  std::uint64_t keep(std::size_t size);

  std::span<const std::byte> at(std::uint64_t handle) const;
  void release(std::uint64_t handle);

  /// Memory held by packets under way.
  std::size_t bytes_in_use() const { return in_use_; }

 private:
  using Buffer = std::unique_ptr<std::byte[]>;
  struct Slot {
    Buffer buffer;
    std::size_t size = 0;
    std::size_t size_class = 0;
  };
  Buffer take(std::size_t size_class);

  std::size_t largest_;
  std::array<std::size_t, 3> capacities_;
  std::array<std::vector<Buffer>, 3> spare_;
  std::vector<Slot> slots_;
  std::vector<std::uint64_t> spare_slots_;
  Buffer scratch_;
  std::size_t in_use_ = 0;
};

}  // namespace longhaul
