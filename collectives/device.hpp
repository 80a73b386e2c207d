#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "collectives/counts.hpp"
#include "collectives/vocabulary.hpp"

namespace longhaul {

/// First element that differs from what the operation must deliver.
struct Mismatch {
  std::size_t offset = 0;  ///< element
  double expected = 0, got = 0;
  std::size_t wrong = 0;   ///< how many elements differ
};

/// Memory of a device, freed with it.
using Buffer = std::unique_ptr<void, void (*)(void*)>;

/// The send and receive buffers of one rank for one point. In place: send points into receive.
struct Buffers {
  Buffer send_memory{nullptr, nullptr}, receive_memory{nullptr, nullptr};
  void* send = nullptr;
  void* receive = nullptr;
  Counts counts;
};

/// Where buffers live and are filled and checked: host memory; CUDA devices as a module.
class Device {
 public:
  virtual ~Device() = default;
  virtual std::string name() const = 0;
  /// @throws EnvironmentError when there is not enough memory (says how much was asked)
  virtual Buffers allocate(const Point& point, int rank) = 0;
  /// Deterministic input values by rank, offset and `round`; the receive buffer is poisoned where it is not input.
  virtual void fill(const Point& point, const Buffers& buffers, int rank, unsigned round) = 0;
  /// Compare the receive buffer with what the operation must deliver for those inputs (root 0).
  virtual std::optional<Mismatch> verify(const Point& point, const Buffers& buffers, int rank, unsigned round) = 0;
};

}  // namespace longhaul
