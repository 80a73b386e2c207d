#include "topologies/lab/packet_pool.hpp"

#include <cstring>
#include <utility>

namespace longhaul {

PacketPool::PacketPool(std::size_t largest)
    : largest_(largest), capacities_{2048, 16384, largest}, scratch_(new std::byte[largest]) {}

PacketPool::Buffer PacketPool::take(std::size_t size_class) {
  auto& spare = spare_[size_class];
  if (spare.empty()) return Buffer(new std::byte[capacities_[size_class]]);
  auto buffer = std::move(spare.back());
  spare.pop_back();
  return buffer;
}

std::uint64_t PacketPool::keep(std::size_t size) {
  std::size_t size_class = 0;
  while (capacities_[size_class] < size) ++size_class;
  auto buffer = take(size_class);
  if (size_class + 1 == capacities_.size())
    buffer.swap(scratch_);  // copying this much would cost more than the packet's way through the kernel
  else
    std::memcpy(buffer.get(), scratch_.get(), size);
  in_use_ += capacities_[size_class];
  std::uint64_t handle = slots_.size();
  if (spare_slots_.empty()) {
    slots_.emplace_back();
  } else {
    handle = spare_slots_.back();
    spare_slots_.pop_back();
  }
  slots_[handle] = {std::move(buffer), size, size_class};
  return handle;
}

std::span<const std::byte> PacketPool::at(std::uint64_t handle) const {
  return {slots_[handle].buffer.get(), slots_[handle].size};
}

void PacketPool::release(std::uint64_t handle) {
  auto& slot = slots_[handle];
  in_use_ -= capacities_[slot.size_class];
  spare_[slot.size_class].push_back(std::move(slot.buffer));
  spare_slots_.push_back(handle);
}

}  // namespace longhaul
