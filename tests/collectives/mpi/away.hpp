#pragma once
#include "collectives/host_device.hpp"

namespace longhaul::test {

/// A device whose memory the host may touch only within the device's own functions and within calls of MPI's, as a
/// CUDA-aware MPI has it: anything else dies of SIGSEGV. The calls of MPI's are wrapped in away.cpp.
class AwayDevice : public HostDevice {
 public:
  std::string name() const override { return "away"; }
  bool on_host() const override { return false; }
  Buffers allocate(const Point& point, int rank, Memory memory = nullptr) override;
  void fill(const Point& point, const Buffers& buffers, int rank, unsigned round) override;
  std::optional<Mismatch> verify(const Point& point, const Buffers& buffers, int rank, unsigned round) override;
  Buffer scratch(std::size_t bytes) override;
  void copy(void* to, const void* from, std::size_t bytes) override;
  void combine(void* into, const void* from, DataType type, std::size_t count, ReduceOp op) override;
  void divide(void* data, DataType type, std::size_t count, int ranks) override;
};

}  // namespace longhaul::test
