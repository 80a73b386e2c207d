// Memory of NCCL's, and what of it is registered with communicators.
#include <cuda_runtime_api.h>

#include <chrono>
#include <set>

#include "communicator.hpp"
#include "faults.hpp"

extern "C" cudaError_t longhaul_double_allocate(void** pointer, std::size_t bytes, std::size_t alignment);
extern "C" bool longhaul_double_holds(const void* pointer, std::size_t bytes);

using namespace longhaul::doubles;

namespace {

std::mutex windows_mutex;
std::set<const void*>& windows() {
  static auto* const all = new std::set<const void*>;
  return *all;
}

/// Everyone has to come: UG, ncclCommWindowRegister, is a collective call.
std::string await_all(ncclComm::State& state) {
  const Label label{7, 0, 0, 0, 0, 0};
  char word = 0;
  std::vector<char> heard(static_cast<std::size_t>(state.ranks));
  std::vector<Transfer> sends, receives;
  for (int peer = 0; peer < state.ranks; ++peer) {
    sends.push_back({peer, label, &word, sizeof word});
    receives.push_back({peer, label, &heard[static_cast<std::size_t>(peer)], sizeof word});
  }
  const std::lock_guard lock(state.in_use);
  return state.mesh.exchange(sends, receives, state.aborted);
}

}  // namespace

extern "C" {

ncclResult_t ncclMemAlloc(void** pointer, std::size_t bytes) {
  if (planned_failure(__func__)) return ncclSystemError;
  // What NCCL allocates may be a window: nccl.h, NCCL_WIN_REQUIRED_ALIGNMENT.
  const auto error = longhaul_double_allocate(pointer, bytes, NCCL_WIN_REQUIRED_ALIGNMENT);
  return error == cudaSuccess ? ncclSuccess : ncclUnhandledCudaError;
}
ncclResult_t ncclMemFree(void* pointer) {
  return cudaFree(pointer) == cudaSuccess ? ncclSuccess : ncclUnhandledCudaError;
}

ncclResult_t ncclCommRegister(ncclComm_t comm, void* buffer, std::size_t bytes, void** handle) {
  if (!is_live(comm) || !longhaul_double_holds(buffer, bytes))
    return refuse(ncclInvalidArgument, "ncclCommRegister of what is not device memory (UG, User Buffer Registration)");
  if (planned_failure(__func__)) return ncclSystemError;
  comm->state->registered.add(buffer, bytes);
  *handle = buffer;
  return ncclSuccess;
}
ncclResult_t ncclCommDeregister(ncclComm_t comm, void* handle) {
  if (!is_live(comm) || handle == nullptr || !comm->state->registered.remove(handle))
    return refuse(ncclInvalidArgument, "ncclCommDeregister of what is not registered (UG, User Buffer Registration)");
  return ncclSuccess;
}

ncclResult_t ncclCommWindowRegister(ncclComm_t comm, void* buffer, std::size_t bytes, ncclWindow_t* window, int) {
  if (reinterpret_cast<std::uintptr_t>(buffer) % NCCL_WIN_REQUIRED_ALIGNMENT != 0)
    return refuse(ncclInvalidArgument,
                  "a window that does not begin at 4096 bytes (nccl.h, NCCL_WIN_REQUIRED_ALIGNMENT)");
  if (!is_live(comm) || !longhaul_double_holds(buffer, bytes))
    return refuse(ncclInvalidArgument, "a window on what is not device memory (UG, Window Registration)");
  if (planned_failure(__func__)) return ncclSystemError;
  {
    const std::lock_guard lock(windows_mutex);
    if (!windows().insert(buffer).second)
      return refuse(ncclInvalidUsage, "a buffer as a second window (UG, ncclCommWindowRegister: not more than once)");
  }
  return begin(comm, [state = comm->state, buffer, bytes, window] {
    if (!state->blocking) std::this_thread::sleep_for(std::chrono::milliseconds(5));  // the caller is elsewhere by now
    if (const auto trouble = await_all(*state); !trouble.empty()) return state->fail(ncclRemoteError, trouble);
    state->registered.add(buffer, bytes);
    ++state->windows;
    __atomic_store_n(window, static_cast<ncclWindow_t>(buffer), __ATOMIC_RELEASE);
    state->status = ncclSuccess;
  });
}
ncclResult_t ncclCommWindowDeregister(ncclComm_t comm, ncclWindow_t window) {
  {
    const std::lock_guard lock(windows_mutex);
    windows().erase(window);
  }
  const auto result = ncclCommDeregister(comm, window);
  if (result == ncclSuccess) --comm->state->windows;
  return result;
}
}
