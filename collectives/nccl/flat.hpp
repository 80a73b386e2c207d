#pragma once
#include "collectives/communicator.hpp"
#include "collectives/cuda/stream.hpp"
#include "collectives/nccl/comm.hpp"

namespace longhaul::nccl {

/// Several calls as one: NCCL starts them together. Ends by finish(), or is dropped.
class Group {
 public:
  Group() { ncclGroupStart(); }
  ~Group() {
    if (open_) ncclGroupEnd();
  }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  void finish(Comm& comm) {
    open_ = false;
    comm.expect(ncclGroupEnd(), "ncclGroupEnd");
  }
  /// Within a group a call is only taken down: 'in progress' is as good as success.
  static void expect(Comm& comm, ncclResult_t result, const char* call) {
    if (result != ncclInProgress) comm.expect(result, call);
  }

 private:
  bool open_ = true;
};

/// Puts the call on the stream as NCCL's own collective over all ranks; all_to_all and send_recv as a group of sends
/// and receives.
void enqueue_flat(Comm& all, const Call& call, cudaStream_t stream);

}  // namespace longhaul::nccl
