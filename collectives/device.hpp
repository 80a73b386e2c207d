#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "collectives/background_load.hpp"
#include "collectives/contents.hpp"
#include "collectives/counts.hpp"
#include "collectives/device_state.hpp"
#include "collectives/vocabulary.hpp"
#include "kernels/verify.hpp"

namespace longhaul {

/// Memory of a device, freed with it.
using Buffer = std::unique_ptr<void, void (*)(void*)>;

/// The send and receive buffers of one rank for one point. In place both lie in receive_memory, as NCCL has it: the
/// same address, but for all_gather send = receive + rank · count and for reduce_scatter receive = send + rank · count.
/// Never null.
struct Buffers {
  Buffer send_memory{nullptr, nullptr}, receive_memory{nullptr, nullptr};
  void* send = nullptr;
  void* receive = nullptr;
  Counts counts;
};

/// Gives so many bytes of the device's memory, or throws EnvironmentError.
using Memory = Buffer (*)(std::size_t bytes);

/// Buffers of a rank for a point, in memory that `memory(bytes)` gives; what every Device's allocate does.
Buffers lay_out(const Point& point, int rank, Memory memory);

/// Compare one stretch, in host memory at `data`, with what the point's operation must deliver.
std::optional<Mismatch> compare_stretch(const Point& point, const Stretch& stretch, const void* data, unsigned round);

/// Adds what was found in a stretch to what was found before it; offsets count from the buffer's begin.
void join(std::optional<Mismatch>& found, std::optional<Mismatch> in_stretch, const Stretch& stretch);

/// Where buffers live and are filled and checked: host memory; CUDA devices as a module.
///
/// To check: fill → run once → verify. Out of place the inputs survive, so that fill → run many times → verify checks
/// the last of them; in place each run eats the result of the one before, so refill before the run that is checked.
/// Unchecked runs in place may overflow: integers wrap in the library's loops, floats reach infinity (never subnormals,
/// which would be slow).
class Device {
 public:
  virtual ~Device() = default;
  virtual std::string name() const = 0;
  /// Where it is plugged in ("0000:1b:00.0"): no two ranks of a host may share one. Empty where sharing does no harm.
  virtual std::string place() const { return {}; }
  /// True on the tests' stand-in for a device: no result of it is one of the device's.
  virtual bool is_double() const { return false; }
  /// @throws EnvironmentError when there is not enough memory (says how much was asked), UsageError for what no
  /// verification could check: in place where the operation has none, sum or avg over more than
  /// pattern::max_summed_ranks
  /// @param memory  where they come from, if not from this device's own
  virtual Buffers allocate(const Point& point, int rank, Memory memory = nullptr) = 0;
  /// Deterministic input values by rank, offset and `round`; the receive buffer is poisoned where it is not input.
  virtual void fill(const Point& point, const Buffers& buffers, int rank, unsigned round) = 0;
  /// Compare the receive buffer with what the operation must deliver for those inputs (root 0).
  virtual std::optional<Mismatch> verify(const Point& point, const Buffers& buffers, int rank, unsigned round) = 0;
  /// Whether its memory is the process's own, which a library's own functions on the host may work on.
  virtual bool on_host() const { return false; }
  /// Work on this device's memory, which need not be the host's to touch; done when it returns. copy: the two do not
  /// overlap. combine: into[i] = into[i] ∘ from[i]. divide: each element by `ranks`, the last step of avg.
  virtual Buffer scratch(std::size_t bytes) = 0;
  virtual void copy(void* to, const void* from, std::size_t bytes) = 0;
  virtual void combine(void* into, const void* from, DataType type, std::size_t count, ReduceOp op) = 0;
  virtual void divide(void* data, DataType type, std::size_t count, int ranks) = 0;
  /// Its health just now; all unknown where it has no such thing.
  virtual DeviceState state() { return {}; }
  /// Begins to compute in the background: each element of a buffer of its own takes `steps` multiply-adds, over and
  /// over. Few steps keep its memory busy, many its arithmetic.
  virtual std::unique_ptr<BackgroundLoad> start_load(unsigned steps) = 0;
};

}  // namespace longhaul
