#pragma once
#include <cstddef>
#include <limits>
#include <optional>
#include <string>

#include "collectives/device.hpp"
#include "collectives/observation.hpp"
#include "collectives/vocabulary.hpp"

namespace longhaul {

/// One collective on given buffers. `count` is Counts::count, in elements of a rank's share where each rank has one.
///
/// In place, as NCCL defines it: all_reduce, reduce, broadcast: send == receive; all_gather: send == receive + rank ·
/// count; reduce_scatter: receive == send + rank · count. Not defined for all_to_all and send_recv.
///
/// Out of place, send and receive do not overlap. Where the operation gives a rank no result (reduce, elsewhere than at
/// the root) its receive buffer is left alone or scribbled over, as the library likes.
///
/// send_recv is a ring shift, as in nccl-tests: to rank + 1, from rank − 1. all_to_all: share j of send goes to rank j.
/// avg divides the sum of all ranks once by their number; integers are truncated toward zero.
struct Call {
  Operation operation = Operation::all_reduce;
  Algorithm algorithm = Algorithm::flat;
  DataType type = DataType::float32;
  ReduceOp op = ReduceOp::sum;
  bool in_place = false;
  const void* send = nullptr;
  void* receive = nullptr;
  std::size_t count = 0;
  int root = 0;
};

/// A backend: whatever runs collectives over a fixed set of ranks. Calls are collective over all ranks, in one order.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// "mpi"
  virtual std::string backend() const = 0;
  /// Library and transport as it reports them: "Open MPI v4.1.4, btl tcp,vader,self"; 'library-chosen' where unknown.
  virtual std::string library() const = 0;
  /// Where buffers have to come from for these settings; null: from anywhere in the device's memory.
  virtual Memory memory(const std::string& settings) const {
    (void)settings;
    return nullptr;
  }
  /// Called on all ranks before a point's calls, untimed: sets up what its settings ask for (NcclSettings as text).
  /// `call` is what will be run, on these buffers, until end().
  virtual void begin(const Call& call, const std::string& settings) {
    (void)call;
    (void)settings;
  }
  /// Gives up what begin() set up; before the buffers go.
  virtual void end() {}
  /// Run to local completion.
  /// @throws UsageError for what this backend cannot do, EnvironmentError for a lost peer
  virtual void run(const Call& call) = 0;
  /// Calls back to back: each begins as soon as the one before allows, and the last one's end is waited for.
  virtual void run_back_to_back(const Call& call, int times) {
    for (int i = 0; i < times; ++i) run(call);
  }
  /// Seconds that the device itself took for the last run, by its own clock; NaN where it has none.
  virtual double device_time() const { return std::numeric_limits<double>::quiet_NaN(); }
  /// How the library does this call, by one more run of it, untimed; collective. Between begin() and end(). None from a
  /// library that does not say.
  virtual std::optional<Observation> observe(const Call& call) {
    (void)call;
    return {};
  }
  /// True on the tests' stand-in for the library.
  virtual bool is_double() const { return false; }
  /// Blocking point-to-point over the same transport, of a few bytes in host memory; used to measure the RTT that the
  /// collectives feel.
  virtual void send(int peer, const void* data, std::size_t bytes) = 0;
  virtual void receive(int peer, void* data, std::size_t bytes) = 0;
  /// One message each way between two ranks, on the device's buffers, the one that goes back when the other has come:
  /// `first` sends and then receives, its peer the other way round. `out` and `in` may be the same.
  virtual void there_and_back(int peer, bool first, const void* out, void* in, std::size_t bytes) {
    if (first) send(peer, out, bytes);
    receive(peer, in, bytes);
    if (!first) send(peer, out, bytes);
  }
};

}  // namespace longhaul
