// What nvcc's host code calls: registration of kernels by name, and launches. Declared in the toolkit's
// crt/host_runtime.h (registration) and crt/device_functions.h (launch). CUDA 12 launches by function address
// (cudaLaunchKernel), CUDA 13 by a handle (__cudaGetKernel, __cudaLaunchKernel).
#include <chrono>
#include <cstring>
#include <stack>
#include <thread>

#include "runtime.hpp"
#include "twins.hpp"

using namespace longhaul::doubles;

namespace {

/// The host function's address that nvcc registered → the kernel's twin.
std::map<const void*, const Twin*>& kernels() {
  static auto* const all = new std::map<const void*, const Twin*>;
  return *all;
}

struct Configuration {
  dim3 grid, block;
  std::size_t shared;
  cudaStream_t stream;
};
std::stack<Configuration>& configurations() {
  static thread_local std::stack<Configuration> pending;
  return pending;
}

/// Arguments live on the caller's stack until the launch returns.
std::vector<std::byte> copied(const Twin& twin, void** arguments) {
  std::vector<std::byte> block(twin.bytes);
  for (const auto& parameter : twin.parameters)
    std::memcpy(block.data() + parameter.offset, arguments[&parameter - twin.parameters.data()], parameter.size);
  return block;
}

cudaError_t launch(const Twin* twin, dim3 grid, dim3 block, void** arguments, cudaStream_t stream) {
  if (twin == nullptr)
    return misuse(cudaErrorInvalidDeviceFunction,
                  "a kernel that is not registered, or has no twin in tests/doubles (RT, cudaLaunchKernel)");
  if (grid.x == 0 || block.x == 0 || block.x > 1024)  // PG, Compute Capabilities: 1024 threads a block
    return misuse(cudaErrorInvalidConfiguration,
                  twin->name + ": a grid of nothing, or a block of more than 1024 threads (PG, Compute Capabilities)");
  auto* const one = stream_or_default(stream);
  if (one == nullptr)
    return misuse(cudaErrorInvalidResourceHandle,
                  twin->name + " on a stream that does not exist, or was destroyed (RT, cudaStreamDestroy)");
  if (one->device != current_device())
    return misuse(cudaErrorInvalidResourceHandle,
                  twin->name + " on a stream of another device than the current one (PG, Stream and Event Behavior)");
  if (told_to_fail(twin->name.c_str())) return remember(cudaErrorLaunchFailure);
  auto values = copied(*twin, arguments);
  if (const auto wrong = twin->wrong_pointer(values.data()); !wrong.empty())
    return misuse(cudaErrorIllegalAddress, twin->name + " " + wrong);
  if (told_to_stall(twin->name.c_str())) one->put([] { std::this_thread::sleep_for(std::chrono::hours(1)); });
  one->put([twin, grid, block, values = std::move(values)]() mutable {
    twin->run(std::size_t{grid.x} * block.x, values.data());
  });
  return cudaSuccess;
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): the names that nvcc's host code calls
extern "C" {

void** __cudaRegisterFatBinary(void*) {
  static void* handle = nullptr;
  return &handle;
}
void __cudaRegisterFatBinaryEnd(void**) {}
void __cudaUnregisterFatBinary(void**) {}
char __cudaInitModule(void**) { return 1; }
void __cudaRegisterFunction(void**, const char* host_function, char*, const char* name, int, uint3*, uint3*, dim3*,
                            dim3*, int*) {
  kernels()[host_function] = twin_of(name);
}

unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, std::size_t shared, CUstream_st* stream) {
  configurations().push({grid, block, shared, stream});
  return 0;
}
cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block, std::size_t* shared, void* stream) {
  const auto top = configurations().top();
  configurations().pop();
  *grid = top.grid;
  *block = top.block;
  *shared = top.shared;
  *static_cast<cudaStream_t*>(stream) = top.stream;
  return cudaSuccess;
}

cudaError_t cudaLaunchKernel(const void* function, dim3 grid, dim3 block, void** arguments, std::size_t,
                             cudaStream_t stream) {
  LONGHAUL_MAY_FAIL(cudaErrorLaunchFailure);
  const auto found = kernels().find(function);
  return launch(found == kernels().end() ? nullptr : found->second, grid, block, arguments, stream);
}
cudaError_t __cudaGetKernel(cudaKernel_t* kernel, const void* function) {
  const auto found = kernels().find(function);
  *kernel = found == kernels().end() ? nullptr : reinterpret_cast<cudaKernel_t>(const_cast<Twin*>(found->second));
  return cudaSuccess;
}
cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void** arguments, std::size_t,
                               cudaStream_t stream) {
  LONGHAUL_MAY_FAIL(cudaErrorLaunchFailure);
  return launch(reinterpret_cast<const Twin*>(kernel), grid, block, arguments, stream);
}
}
// NOLINTEND(bugprone-reserved-identifier)
