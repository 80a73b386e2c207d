#pragma once
#include "collectives/device.hpp"

namespace longhaul {

/// Buffers in this process's own memory, aligned to pages.
class HostDevice : public Device {
 public:
  /// "host memory"
  std::string name() const override;
  Buffers allocate(const Point& point, int rank, Memory memory = nullptr) override;
  void fill(const Point& point, const Buffers& buffers, int rank, unsigned round) override;
  std::optional<Mismatch> verify(const Point& point, const Buffers& buffers, int rank, unsigned round) override;
  bool on_host() const override { return true; }
  Buffer scratch(std::size_t bytes) override;
  void copy(void* to, const void* from, std::size_t bytes) override;
  void combine(void* into, const void* from, DataType type, std::size_t count, ReduceOp op) override;
  void divide(void* data, DataType type, std::size_t count, int ranks) override;
  /// On one thread.
  std::unique_ptr<BackgroundLoad> start_load(unsigned steps) override;
};

}  // namespace longhaul
