#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "runtime.hpp"

namespace longhaul::doubles {
namespace {

constexpr int fresh = 0xCB, freed = 0xDD;  ///< what is read too early, or too late
/// Freed blocks up to this size keep their addresses, so that their use is found; larger ones go back to the system.
constexpr std::size_t quarantined = std::size_t{1} << 20;
constexpr std::size_t usual_alignment = 256;  // RT, cudaMalloc: "suitably aligned for any kind of variable"
constexpr std::size_t capacity = std::size_t{8} << 30;

thread_local int device = 0;
thread_local cudaError_t last = cudaSuccess;

}  // namespace

cudaError_t remember(cudaError_t error) {
  if (error != cudaSuccess) last = error;
  return error;
}

cudaError_t misuse(cudaError_t error, const std::string& what) {
  std::fprintf(stderr, "longhaul double: misuse: %s\n", what.c_str());
  return remember(error);
}

namespace {

/// FUNCTION:N in the environment: the N-th call of that function.
class PlannedCall {
 public:
  explicit PlannedCall(const char* variable) : told_(std::getenv(variable)) {
    const char* const colon = told_ != nullptr ? std::strchr(told_, ':') : nullptr;
    if (colon != nullptr) left_ = std::atoi(colon + 1);
  }
  bool is_now(const char* function) {
    if (told_ == nullptr) return false;
    const std::size_t length = std::strcspn(told_, ":");
    return std::strlen(function) == length && std::strncmp(told_, function, length) == 0 && --left_ == 0;
  }

 private:
  const char* told_;
  std::atomic<int> left_{0};
};

}  // namespace

bool told_to_fail(const char* function) {
  static PlannedCall planned("LONGHAUL_DOUBLE_CUDA_FAIL");
  return planned.is_now(function);
}

bool told_to_stall(const char* kernel) {
  static PlannedCall planned("LONGHAUL_DOUBLE_CUDA_STALL");
  return planned.is_now(kernel);
}

int current_device() { return device; }

/// Which of the machine's devices a process means by this number: CUDA_VISIBLE_DEVICES lists them (PG, environment
/// variables).
int physical_device(int number) {
  const char* at = std::getenv("CUDA_VISIBLE_DEVICES");
  for (int skipped = 0; at != nullptr && skipped < number; ++skipped) {
    at = std::strchr(at, ',');
    if (at != nullptr) ++at;
  }
  return at != nullptr && *at >= '0' && *at <= '9' ? std::atoi(at) : number;
}

int device_count() {
  const char* const number = std::getenv("LONGHAUL_DOUBLE_DEVICES");
  int count = number != nullptr ? std::atoi(number) : 8;
  if (const char* const visible = std::getenv("CUDA_VISIBLE_DEVICES")) {  // PG, environment variables
    int listed = *visible == '\0' ? 0 : 1;
    for (const char* at = visible; *at != '\0'; ++at) listed += *at == ',' ? 1 : 0;
    count = std::min(count, listed);
  }
  return count;
}

Memory& Memory::instance() {
  static auto* const memory = new Memory;  // outlives stream threads
  return *memory;
}

std::map<std::uintptr_t, Memory::Block>::iterator Memory::find(const void* pointer) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  auto after = blocks_.upper_bound(address);
  if (after == blocks_.begin()) return blocks_.end();
  --after;
  return address < after->first + std::max<std::size_t>(after->second.bytes, 1) ? after : blocks_.end();
}

cudaError_t Memory::allocate(void** pointer, std::size_t bytes, std::size_t alignment) {
  const std::lock_guard lock(mutex_);
  if (used_ + bytes > capacity) return remember(cudaErrorMemoryAllocation);
  void* const memory = std::aligned_alloc(alignment, (bytes / alignment + 1) * alignment);
  if (memory == nullptr) return remember(cudaErrorMemoryAllocation);
  std::memset(memory, fresh, bytes);
  blocks_[reinterpret_cast<std::uintptr_t>(memory)] = {bytes, device, true};
  used_ += bytes;
  *pointer = memory;
  return cudaSuccess;
}

cudaError_t Memory::release(void* pointer) {
  if (pointer == nullptr) return cudaSuccess;  // RT, cudaFree: "If devPtr is 0, no operation is performed"
  const std::lock_guard lock(mutex_);
  const auto block = blocks_.find(reinterpret_cast<std::uintptr_t>(pointer));
  if (block == blocks_.end() || !block->second.live)
    return misuse(cudaErrorInvalidValue,
                  "cudaFree of what cudaMalloc did not return, or of what is freed (RT, cudaFree)");
  used_ -= block->second.bytes;
  std::memset(pointer, freed, block->second.bytes);
  block->second.live = false;
  if (block->second.bytes > quarantined) {
    std::free(pointer);
    blocks_.erase(block);
  }
  return cudaSuccess;
}

bool Memory::holds(const void* pointer, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto block = find(pointer);
  return block != blocks_.end() && block->second.live &&
         reinterpret_cast<std::uintptr_t>(pointer) + bytes <= block->first + block->second.bytes;
}

bool Memory::was_freed(const void* pointer) {
  const std::lock_guard lock(mutex_);
  const auto block = find(pointer);
  return block != blocks_.end() && !block->second.live;
}

int Memory::device_of(const void* pointer) {
  const std::lock_guard lock(mutex_);
  const auto block = find(pointer);
  return block != blocks_.end() && block->second.live ? block->second.device : -1;
}

std::size_t Memory::used() {
  const std::lock_guard lock(mutex_);
  return used_;
}

}  // namespace longhaul::doubles

using namespace longhaul::doubles;

extern "C" {

cudaError_t cudaGetLastError() {
  const cudaError_t error = last;
  last = cudaSuccess;
  return error;
}
cudaError_t cudaPeekAtLastError() { return last; }

const char* cudaGetErrorName(cudaError_t error) {
  switch (error) {
    case cudaSuccess: return "cudaSuccess";
    case cudaErrorMemoryAllocation: return "cudaErrorMemoryAllocation";
    case cudaErrorNoDevice: return "cudaErrorNoDevice";
    case cudaErrorInvalidDevice: return "cudaErrorInvalidDevice";
    case cudaErrorInvalidValue: return "cudaErrorInvalidValue";
    case cudaErrorNotReady: return "cudaErrorNotReady";
    case cudaErrorInvalidResourceHandle: return "cudaErrorInvalidResourceHandle";
    case cudaErrorIllegalAddress: return "cudaErrorIllegalAddress";
    default: return "cudaErrorUnknown";
  }
}
const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess: return "no error";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorNoDevice: return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice: return "invalid device ordinal";
    case cudaErrorInvalidValue: return "invalid argument";
    case cudaErrorNotReady: return "device not ready";
    case cudaErrorInvalidResourceHandle: return "invalid resource handle";
    case cudaErrorIllegalAddress: return "an illegal memory access was encountered";
    default: return "unspecified error of the double";
  }
}

cudaError_t cudaGetDeviceCount(int* count) {
  LONGHAUL_MAY_FAIL(cudaErrorUnknown);
  *count = device_count();
  return *count > 0 ? cudaSuccess : remember(cudaErrorNoDevice);
}
cudaError_t cudaSetDevice(int number) {
  LONGHAUL_MAY_FAIL(cudaErrorUnknown);
  if (number < 0 || number >= device_count()) return remember(cudaErrorInvalidDevice);
  device = number;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* number) {
  *number = device;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int number) {
  if (number < 0 || number >= device_count()) return remember(cudaErrorInvalidDevice);
  std::memset(properties, 0, sizeof *properties);
  std::snprintf(properties->name, sizeof properties->name, "Longhaul CUDA double");
  properties->totalGlobalMem = capacity;
  properties->major = 9;
  properties->multiProcessorCount = 4;
  properties->l2CacheSize = 1 << 20;
  properties->pciBusID = physical_device(number) + 1;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetPCIBusId(char* text, int length, int number) {
  std::snprintf(text, static_cast<std::size_t>(length), "0000:%02x:00.0", physical_device(number) + 1);
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** pointer, std::size_t bytes) {
  LONGHAUL_MAY_FAIL(cudaErrorMemoryAllocation);
  return Memory::instance().allocate(pointer, bytes, usual_alignment);
}
/// RT, cudaFree: "performs implicit synchronization"; what still runs must not find its memory gone.
cudaError_t cudaFree(void* pointer) {
  cudaDeviceSynchronize();
  return Memory::instance().release(pointer);
}
cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total) {
  *total = capacity;
  *free_bytes = capacity - Memory::instance().used();
  return cudaSuccess;
}
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  std::memset(attributes, 0, sizeof *attributes);
  const int on = Memory::instance().device_of(pointer);
  attributes->type = on < 0 ? cudaMemoryTypeUnregistered : cudaMemoryTypeDevice;
  attributes->device = on < 0 ? 0 : on;
  return cudaSuccess;
}

bool longhaul_double_holds(const void* pointer, std::size_t bytes) { return Memory::instance().holds(pointer, bytes); }

cudaError_t longhaul_double_allocate(void** pointer, std::size_t bytes, std::size_t alignment) {
  return Memory::instance().allocate(pointer, bytes, alignment);
}

/// By this the modules, and whoever reads their results, know that no GPU was there.
int longhaul_cuda_double() { return 1; }
}
