#pragma once
#include <nccl.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "mesh.hpp"
#include "profiler.hpp"
#include "registered.hpp"

/// A communicator of the double; opaque to callers. Work that is still on a stream shares `state` with it, so that a
/// communicator may be aborted under it.
struct ncclComm {
  struct State {
    int rank = 0, ranks = 1, device = 0;
    int first_rank = 0;  ///< in the communicator that was not split off any
    bool blocking = true;
    longhaul::doubles::Mesh mesh;
    std::mutex in_use;  ///< of the mesh
    std::uint64_t sequence = 0;
    std::atomic<bool> aborted{false}, finalized{false};
    std::atomic<ncclResult_t> status{ncclSuccess};
    std::atomic<int> looks_in_progress{0};  ///< how often ncclCommGetAsyncError still says 'in progress' after a call
    std::atomic<bool> connected{false};     ///< a call has been made
    longhaul::doubles::Registered registered;
    std::atomic<int> windows{0};
    std::shared_ptr<void> held = std::make_shared<int>();  ///< by each graph that has a call of it

    void fail(ncclResult_t error, const std::string& why);
    void note(const std::string& why);  ///< for ncclGetLastError, where nothing has failed
    std::string last_error();

   private:
    std::mutex text_mutex_;
    std::string text_;
  };
  std::shared_ptr<State> state = std::make_shared<State>();
  std::thread setup;  ///< of this one, or of a split
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  longhaul::doubles::Manner manner;
  void* profiler = nullptr;  ///< the plugin's context
};

namespace longhaul::doubles {

/// Prints "longhaul double: misuse: …"; the NCCL User Guide is cited as UG.
ncclResult_t refuse(ncclResult_t error, const std::string& what);

/// Runs `work`, which sets the communicator's status, now, or on a thread while it says 'in progress'.
ncclResult_t begin(ncclComm_t comm, std::function<void()> work);

/// Within a group of this thread's: `job` is done at its end, on a thread of its own beside the group's others; true.
bool put_into_group(std::function<void()> job);

/// Whether this handle is a live communicator.
bool is_live(ncclComm_t comm);
void make_live(ncclComm_t comm);
void forget(ncclComm_t comm);  ///< … and its profiler's context

/// LONGHAUL_DOUBLE_NCCL_VERSION, or that of the header.
int played_version();

}  // namespace longhaul::doubles
