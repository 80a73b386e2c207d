#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace longhaul::doubles {

/// The buffers that are registered with one communicator.
class Registered {
 public:
  void add(const void* buffer, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    ranges_.emplace(reinterpret_cast<std::uintptr_t>(buffer), bytes);
  }
  /// False where it was not there.
  bool remove(const void* buffer) {
    const std::lock_guard lock(mutex_);
    const auto found = ranges_.find(reinterpret_cast<std::uintptr_t>(buffer));
    if (found == ranges_.end()) return false;
    ranges_.erase(found);
    return true;
  }
  bool empty() {
    const std::lock_guard lock(mutex_);
    return ranges_.empty();
  }
  /// Whether all of it lies in one of them.
  bool covers(const void* data, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto begin = reinterpret_cast<std::uintptr_t>(data);
    for (const auto& [first, length] : ranges_)
      if (begin >= first && begin + bytes <= first + length) return true;
    return bytes == 0;
  }

 private:
  std::mutex mutex_;
  std::multimap<std::uintptr_t, std::size_t> ranges_;
};

}  // namespace longhaul::doubles
