#pragma once
#include <cstddef>
#include <string>

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
  /// Run to local completion.
  /// @throws UsageError for what this backend cannot do, EnvironmentError for a lost peer
  virtual void run(const Call& call) = 0;
  /// Blocking point-to-point over the same transport; used to measure the RTT that the collectives feel.
  virtual void send(int peer, const void* data, std::size_t bytes) = 0;
  virtual void receive(int peer, void* data, std::size_t bytes) = 0;
};

}  // namespace longhaul
